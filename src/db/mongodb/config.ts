/** What a mongod is started with, and the configuration of the replica set: both as MongoDB's manual has them. And a client's. */
import { durationMs } from '../../base/units.ts';
import type { MongoClientConfig } from './client-connection.ts';
import { type MongoSettings, writeConcernOf } from './settings.ts';

export const MONGO_PORT = 27017;
export const SET_NAME = 'plan-run';

/** A node as the files need it. */
export interface Member {
  readonly name: string;
  readonly address: string;
}

/** How members and clients call a node: an address, so that no name need be looked up. */
export const hostOf = ({ address }: Member) => `${address}:${MONGO_PORT}`;

/**
 * The configuration file (manual, Self-Managed Configuration File Options). JSON is YAML, too, and quotes whatever is in a path.
 * `dir` must exist. The log goes to standard output, which the node keeps.
 */
export function mongodConf(member: Member, dir: string, settings: MongoSettings): string {
  const conf = {
    net: {
      bindIp: member.address,
      port: MONGO_PORT,
      // Its path in /tmp has the port in it, and nothing else: all nodes of a machine would have the same one.
      unixDomainSocket: { enabled: false },
    },
    storage: {
      dbPath: dir,
      journal: { commitIntervalMs: durationMs(settings.journal_commit_interval) },
      // The least there is. By default a mongod takes half of the memory, and there may be seven on this machine.
      wiredTiger: { engineConfig: { cacheSizeGB: 0.25 } },
    },
    replication: { replSetName: SET_NAME },
  };
  return `${JSON.stringify(conf, null, 2)}\n`;
}

/**
 * What replSetInitiate takes (manual, Replica Set Configuration). `heartbeatIntervalMillis` is there for internal use, says the
 * manual; the election timeout may be shorter than that, as members hear of a primary by replicating from it, too.
 */
export function replicaSetConfig(members: readonly Member[], settings: MongoSettings): object {
  return {
    _id: SET_NAME,
    version: 1,
    members: members.map((member, i) => ({
      _id: i,
      host: hostOf(member),
      priority: settings.priorities?.[i] ?? 1,
    })),
    settings: {
      chainingAllowed: settings.chaining,
      heartbeatIntervalMillis: durationMs(settings.heartbeat_interval),
      heartbeatTimeoutSecs: durationMs(settings.heartbeat_timeout) / 1000,
      electionTimeoutMillis: durationMs(settings.election_timeout),
    },
  };
}

/** Who is to be primary at first: the first node, or the first of those with the highest priority, which would soon take over. */
export function firstPrimary<M>(members: readonly M[], { priorities }: MongoSettings): M {
  const highest = Math.max(...(priorities ?? [1]));
  return members[priorities?.indexOf(highest) ?? 0] as M;
}

/** What a client of these members is made with; `localAddress` is where its connections come from, if that matters. */
export function clientConfig(
  members: readonly Member[],
  settings: MongoSettings,
  localAddress: string | undefined,
): MongoClientConfig {
  const { wtimeout, heartbeat_frequency } = settings;
  return {
    servers: new Map(members.map((member) => [member.name, hostOf(member)])),
    setName: SET_NAME,
    writeConcern: writeConcernOf(settings),
    ...(wtimeout === undefined ? {} : { wtimeoutMs: durationMs(wtimeout) }),
    retryableWrites: settings.retryable_writes,
    readConcern: settings.read_concern,
    readPreference: settings.read_preference,
    connectTimeoutMs: durationMs(settings.connect_timeout),
    serverSelectionTimeoutMs: durationMs(settings.server_selection_timeout),
    ...(heartbeat_frequency === undefined ? {} : { heartbeatFrequencyMs: durationMs(heartbeat_frequency) }),
    ...(localAddress === undefined ? {} : { localAddress }),
  };
}
