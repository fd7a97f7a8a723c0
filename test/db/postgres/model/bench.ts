/** A server on the simulator, without a plan: a test cuts, kills, and asks for itself. */
import type { Client, Connection, Model } from '../../../../src/contract/index.ts';
import { model } from '../../../../src/db/postgres/model/index.ts';
import { type Insert, POSTGRES_PORT } from '../../../../src/db/postgres/model/wire.ts';
import type { PostgresSettings } from '../../../../src/db/postgres/settings.ts';
import { type Bench as AnyBench, openModel } from '../../bench.ts';

export interface Bench extends AnyBench {
  client(number?: number): Promise<Client>;
  /** What n1 has now, sorted. */
  elements(): number[];
  /** `who` drops what `from` sends. @returns what heals it. */
  deafen(who: string, from: string): Promise<() => Promise<void>>;
  /** A connection of a process on the last node, logged in. */
  session(): Promise<Connection>;
}

/** Deploys `settings` on two nodes, and waits until n1 serves. `sim` as a plan has it. */
export async function openBench(
  given: Partial<PostgresSettings> = {},
  chance: { seed?: number; sim?: object } = {},
  workload = 'set',
): Promise<Bench> {
  let made: Model | undefined;
  const base = await openModel(
    {
      ...{ database: 'postgres', given, nodeCount: 2, port: POSTGRES_PORT },
      async model(settings, nodes) {
        made = await model({ nodes, settings: settings as PostgresSettings, workload, workloadSettings: {} });
        return made;
      },
    },
    chance,
  );
  let cuts = 0;
  return {
    ...base,
    client: async (client = 0) => base.cluster.connect({ client, home: 'n1' }),
    elements: () => [...(made?.contents?.('n1').postgres ?? [])].sort((a, b) => a - b),
    async deafen(who, from) {
      const id = `cut ${cuts++}`;
      await base.network.cut(id, { [who]: [from] });
      return async () => {
        await base.network.restore(id);
      };
    },
    async session() {
      const connection = base.connect('n1');
      await base.ask(connection, { do: 'startup' });
      await base.ask(connection, { do: 'password' });
      return connection;
    },
  };
}

export const add = (element: number): Insert => ({ do: 'insert', txid: `add ${element}`, element, durable: false });
export const fence = (element: number): Insert => ({
  do: 'insert',
  txid: `add ${element}`,
  element: null,
  durable: true,
});

/** The same for a workload. */
export const openFor = (
  workload: string,
  chance: Parameters<typeof openBench>[1] = {},
  given: Parameters<typeof openBench>[0] = {},
) => openBench(given, chance, workload);

export const SLOW_DISK = { disk_fsync: { min: '300ms', p50: '300ms', p99: '300ms', max: '300ms' } };

/** What an operation has come to while the test does something else. */
export function begin(client: Client, f: string, value: unknown): { outcome: unknown } {
  const box: { outcome: unknown } = { outcome: undefined };
  Promise.resolve(client.invoke({ f, value })).then((outcome) => {
    box.outcome = outcome;
  });
  return box;
}

export async function crash({ cluster, until }: Bench): Promise<void> {
  await cluster.kill('n1');
  await cluster.start('n1');
  await until('it is ready', async () => (await cluster.ready()) === undefined);
}

/** A plan with cuts and power failures, as many as ten seconds hold. */
export const troubled = (workload: object) => ({
  plan: 1,
  environment: { sim: { kill: 'machine' } },
  nodes: 2,
  database: { postgres: { socket_timeout: '300ms', connect_timeout: '300ms' } },
  workload: { clients: 6, rate: '100/s', ...workload },
  faults: [
    { at: '1s', for: '2s', partition: [['n1'], ['clients']] },
    { every: '2s', for: '200ms', from: '4s', until: '9s', kill: 'n1' },
  ],
  settle: '2s',
  require: { during: 0 },
});
