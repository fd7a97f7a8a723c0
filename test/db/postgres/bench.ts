/** PostgreSQL deployed on loopback nodes, for tests: real servers, and clients as plans have them. */

import { Client as Pg } from 'pg';
import { silentLogger } from '../../../src/base/logger.ts';
import type { Client, Cluster, Invocation, Outcome } from '../../../src/contract/index.ts';
import { PostgresClient } from '../../../src/db/postgres/client.ts';
import { postgres } from '../../../src/db/postgres/index.ts';
import type { PostgresSettings } from '../../../src/db/postgres/settings.ts';
import { makeRealClock } from '../../../src/env/real-clock.ts';
import { becomesReady } from '../eventually.ts';
import { type LoopbackNode, loopbackNodes } from '../loopback-nodes.ts';

export const DEFAULTS: PostgresSettings = {
  standbys: 0,
  synchronous_commit: 'on',
  isolation: 'read_committed',
  wal_writer_delay: '200ms',
  commit_delay: '0ms',
  commit_siblings: 5,
  max_connections: 100,
  connect_timeout: '10s',
  socket_timeout: '10s',
};

export const clock = makeRealClock();

export type Invoke = (op: Invocation) => Promise<Outcome>;

export interface Bench {
  readonly cluster: Cluster;
  readonly nodes: readonly LoopbackNode[];
  readonly settings: PostgresSettings;
  /** A client that is closed at the end. It may differ from the plan's. */
  client(changes?: Partial<ConstructorParameters<typeof PostgresClient>[0]>): PostgresClient;
  connect(home: string, address?: string): Promise<Invoke>;
  /** A session of the superuser over the network, for what the test itself asks or does. */
  superuser(node?: string): Promise<Pg>;
  /** One statement by the superuser; the rows. */
  sql(text: string, node?: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

export async function deployOn(count: number, given: Partial<PostgresSettings> = {}): Promise<Bench> {
  const nodes = await loopbackNodes(count);
  const settings = { ...DEFAULTS, ...given };
  const clients: Client[] = [];
  const sessions: Pg[] = [];
  const remove = async () => {
    for (const client of clients) client.close();
    await Promise.all(sessions.map((session) => session.end().catch(() => {})));
    await Promise.all(nodes.map((node) => node.remove()));
  };
  let cluster: Cluster;
  try {
    cluster = await postgres.deploy!({
      ...{ nodes, settings, workload: 'set', workloadSettings: {}, clock, log: silentLogger },
    });
    await becomesReady(cluster);
  } catch (error) {
    await remove();
    throw error;
  }
  const host = (node: string) => nodes.find(({ name }) => name === node)!.address;
  const bench: Bench = {
    ...{ cluster, nodes, settings, remove },
    client(changes = {}) {
      const client = new PostgresClient({
        servers: nodes
          .slice(0, settings.standbys + 1)
          .map(({ name, address }) => ({ node: name, host: address, port: 5432 })),
        lastPrimary: {},
        inbox: {},
        workload: 'set',
        isolation: settings.isolation,
        connectTimeoutMs: 10_000,
        socketTimeoutMs: 10_000,
        ...(settings.password === undefined ? {} : { password: settings.password }),
        ...changes,
      });
      clients.push(client);
      return client;
    },
    async connect(home, address) {
      const client = await cluster.connect({ client: 0, home, ...(address === undefined ? {} : { address }) });
      clients.push(client);
      return async (op) => client.invoke(op);
    },
    async superuser(node = 'n1') {
      const session = new Pg({
        host: host(node),
        user: 'postgres',
        database: 'postgres',
        password: settings.password ?? '',
      });
      session.on('error', () => {});
      sessions.push(session);
      await session.connect();
      return session;
    },
    async sql(text, node) {
      const session = await bench.superuser(node);
      const { rows } = await session.query(text);
      await session.end();
      return rows;
    },
  };
  return bench;
}

export const add = (value: number) => ({ f: 'add', value });
export const verify = (value: number) => ({ f: 'verify', value });
export const read = { f: 'read', value: null };
export const readNode = (node: string) => ({ f: 'read-node', value: [node, null] });
export const OK = { type: 'ok' };
