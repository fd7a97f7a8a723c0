/** A replica set on the simulator, without a plan: a test looks into its members, cuts and kills, and talks to them itself. */
import type { Client } from '../../../../src/contract/index.ts';
import type { MemberCurrent } from '../../../../src/db/mongodb/model/current/member.ts';
import { modelOf } from '../../../../src/db/mongodb/model/index.ts';
import type { Member } from '../../../../src/db/mongodb/model/member.ts';
import { elementsOf } from '../../../../src/db/mongodb/model/oplog.ts';
import { ReplicaSet } from '../../../../src/db/mongodb/model/replica-set.ts';
import { MONGO_PORT } from '../../../../src/db/mongodb/model/wire.ts';
import type { MongoSettings } from '../../../../src/db/mongodb/settings.ts';
import { type Bench as AnyBench, openModel } from '../../bench.ts';

export interface Bench extends AnyBench {
  readonly set: ReplicaSet;
  member(node: string): Member;
  current(node: string): MemberCurrent;
  elements(node: string): number[];
  /** Drops what `from` sends to `to`, in this direction only. @returns what heals it. */
  cut(from: readonly string[], to: readonly string[]): Promise<() => Promise<void>>;
  /** Both directions. */
  part(one: readonly string[], other: readonly string[]): Promise<() => Promise<void>>;
  client(home?: string): Promise<Client>;
}

/** Deploys `settings` on so many nodes, and waits until the set is whole. `sim` as a plan has it. */
export async function openBench(
  nodeCount: number,
  given: Partial<MongoSettings>,
  chance: { seed?: number; sim?: object } = {},
  workload = 'set',
): Promise<Bench> {
  let made: ReplicaSet | undefined;
  const model = (settings: unknown, nodes: readonly string[]) => {
    made = new ReplicaSet(nodes, settings as MongoSettings);
    return modelOf(made, settings as MongoSettings, workload);
  };
  const base = await openModel({ database: 'mongodb', given, nodeCount, port: MONGO_PORT, model }, chance);
  const { cluster, network, nodes } = base;
  const set = made as ReplicaSet;
  let cuts = 0;
  const bench: Bench = {
    ...base,
    set,
    member: (node) => set.members.get(node) as Member,
    current: (node) => set.members.get(node) as MemberCurrent,
    elements: (node) => elementsOf(bench.member(node).doc).sort((a, b) => a - b),
    async cut(from, to) {
      const id = `cut ${cuts++}`;
      await network.cut(id, Object.fromEntries(to.map((node) => [node, [...from]])));
      return async () => {
        await network.restore(id);
      };
    },
    async part(one, other) {
      const heals = [await bench.cut(one, other), await bench.cut(other, one)];
      return async () => {
        for (const heal of heals) await heal();
      };
    },
    client: async (home = nodes[0] as string) => cluster.connect({ client: 0, home }),
  };
  return bench;
}
