import type { Document } from 'mongodb';
import { type Member, MONGO_PORT } from './config.ts';

/** A mongod that answers does so within milliseconds; a paused one never does. */
const ANSWER_MS_MAX = 1_000;

/**
 * Runs a command on the database `admin` of one member, whatever state it is in, and gives its reply. This is the one place where
 * a deployment speaks with a mongod: from here, by the driver, for the shell that would do it on the node (mongosh) is a package
 * of its own and mostly not there. So the node's port must be within this machine's reach. The connection is made for the
 * command and closed after it, and comes from no client's address, so that a cut between clients and nodes ends none of a client's.
 *
 * @param answerMsMax how long the command may take. @param port where it listens.
 * @throws what the driver throws: where it does not connect within a second, or the command fails.
 */
export async function admin(
  { address }: Pick<Member, 'address'>,
  command: Document,
  answerMsMax = ANSWER_MS_MAX,
  port = MONGO_PORT,
): Promise<Document> {
  const { MongoClient } = await import('mongodb');
  const client = new MongoClient(`mongodb://${address}:${port}/`, {
    directConnection: true,
    retryReads: false,
    retryWrites: false,
    connectTimeoutMS: ANSWER_MS_MAX,
    serverSelectionTimeoutMS: ANSWER_MS_MAX,
    socketTimeoutMS: answerMsMax,
    // One connection beside the command's, not two.
    serverMonitoringMode: 'poll',
    maxPoolSize: 1,
  });
  try {
    return await client.db('admin').command(command);
  } finally {
    await client.close().catch(() => {});
  }
}
