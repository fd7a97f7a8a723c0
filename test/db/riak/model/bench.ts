/** A cluster on the simulator, without a plan: a test looks into its vnodes, cuts and kills, and talks to its nodes itself. */
import type { Client } from '../../../../src/contract/index.ts';
import { Cluster } from '../../../../src/db/riak/model/cluster.ts';
import { modelOf } from '../../../../src/db/riak/model/index.ts';
import type { RiakNode } from '../../../../src/db/riak/model/node.ts';
import { type RiakObject, valuesOf } from '../../../../src/db/riak/model/object.ts';
import { elementsOf } from '../../../../src/db/riak/model/value.ts';
import { CLIENT_PORT } from '../../../../src/db/riak/model/wire.ts';
import type { RiakSettings } from '../../../../src/db/riak/settings.ts';
import { type Bench as AnyBench, openModel } from '../../bench.ts';

export interface Bench extends AnyBench {
  readonly riak: Cluster;
  node(name: string): RiakNode;
  /** What a node's vnode of the object's first, second, third partition has. */
  object(name: string, replica: number): RiakObject | undefined;
  elements(name: string, replica: number): number[];
  /** Both directions. @returns what heals it. */
  part(one: readonly string[], other: readonly string[]): Promise<() => Promise<void>>;
  client(home: string, number?: number): Promise<Client>;
  /** Begins an operation; its outcome when it has one. */
  begin(client: Client, f: string, value: unknown): { outcome: unknown };
}

/** All is over soon, so that tests need not let minutes pass; the key is on n2, n3 and n4. */
export const QUICK: Partial<RiakSettings> = {
  ...{ key: 'jepsen', net_ticktime: '4s', gossip_interval: '2s', request_timeout: '3s' },
  ...{ vnode_management_timer: '500ms', vnode_inactivity_timeout: '2s' },
};

export async function openBench(
  given: Partial<RiakSettings> = {},
  chance: { seed?: number; sim?: object } = {},
  workload = 'set',
): Promise<Bench> {
  let made: Cluster | undefined;
  const model = (settings: unknown, nodes: readonly string[]) => {
    made = new Cluster(nodes, settings as RiakSettings);
    return modelOf(made, settings as RiakSettings, workload);
  };
  const asked = { ...QUICK, ...given };
  const base = await openModel({ database: 'riak', given: asked, nodeCount: 5, port: CLIENT_PORT, model }, chance);
  const { cluster, network } = base;
  const riak = made as Cluster;
  let cuts = 0;
  const cut = async (from: readonly string[], to: readonly string[]) => {
    const id = `cut ${cuts++}`;
    await network.cut(id, Object.fromEntries(to.map((node) => [node, [...from]])));
    return async () => {
      await network.restore(id);
    };
  };
  const bench: Bench = {
    ...base,
    riak,
    node: (name) => riak.running.get(name) as RiakNode,
    object(name, replica) {
      const partition = riak.primaries[replica]?.partition;
      return bench.node(name).vnodes.find((vnode) => vnode.partition === partition)?.object;
    },
    elements: (name, replica) => [...elementsOf(valuesOf(bench.object(name, replica)))].sort((a, b) => a - b),
    async part(one, other) {
      const heals = [await cut(one, other), await cut(other, one)];
      return async () => {
        for (const heal of heals) await heal();
      };
    },
    client: async (home, number = 0) => cluster.connect({ client: number, home }),
    begin(client, f, value) {
      const begun: { outcome: unknown } = { outcome: undefined };
      Promise.resolve(client.invoke({ f, value })).then((outcome) => {
        begun.outcome = outcome;
      });
      return begun;
    },
  };
  return bench;
}
