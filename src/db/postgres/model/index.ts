/** PostgreSQL, simulated: one server on the first node, and clients as the article's. What it is and leaves out: README.md. */
import { durationMs } from '../../../base/units.ts';
import type { Model, ModelContext, SimProgram } from '../../../contract/index.ts';
import type { Received } from '../../client-mailbox.ts';
import type { PostgresSettings } from '../settings.ts';
import { PostgresClient } from './client.ts';
import { PostgresServer, type ServerConfig } from './server.ts';
import { Witness } from './witness.ts';

/** From exec to listening. */
const START_MS = { min: 5, max: 50 };

export async function model({ nodes, settings, workload }: ModelContext<PostgresSettings>): Promise<Model> {
  const home = nodes[0] as string;
  const witness = new Witness();
  const config: ServerConfig = {
    synchronousCommit: settings.synchronous_commit !== 'off',
    walWriterDelayMs: durationMs(settings.wal_writer_delay),
    commitDelayMs: durationMs(settings.commit_delay),
    commitSiblings: settings.commit_siblings,
    maxConnections: settings.max_connections,
  };
  const clientConfig = {
    node: home,
    workload,
    connectTimeoutMs: durationMs(settings.connect_timeout),
    socketTimeoutMs: durationMs(settings.socket_timeout),
  };
  let server: PostgresServer | undefined;
  /** By seat: what its clients have received. */
  const inboxes = new Map<number, Received<readonly number[]>>();

  /** On every node, for a plan may kill and pause them all; but on the others it is idle, and listens to nobody. */
  const program: SimProgram = {
    name: 'postgres',
    boot(process) {
      if (process.node !== home) return;
      server = undefined;
      process.after(process.rng.fork('start').int(START_MS.min, START_MS.max), () => {
        server = new PostgresServer(process, config, witness);
      });
    },
  };

  return {
    programs: [program],
    ready() {
      if (server?.process.state !== 'running') return `${home}: postgres does not answer`;
      return server.ready ? undefined : `${home}: the database system is starting up`;
    },
    primaries: () => (server?.process.state === 'running' && server.ready ? [home] : []),
    contents(node) {
      if (node !== home || server === undefined || server.process.state === 'dead') return {};
      return { postgres: server.database?.table.elements ?? [] };
    },
    async connect(host) {
      const { client: seat } = host.seat;
      const known = inboxes.get(seat);
      const inbox = known ?? {};
      const client = new PostgresClient(host, clientConfig, inbox);
      // Before the workload begins; later, amid a fault, it would delay an operation that tries the same anyway.
      if (known === undefined) await client.open();
      inboxes.set(seat, inbox);
      return client;
    },
  };
}
