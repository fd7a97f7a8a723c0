/** A replica set on the simulator, without a plan: a test looks into its members, cuts and kills, and talks to them itself. */
import { NS_PER_MS, sleep } from '../../../../src/base/clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { makeRegistry } from '../../../../src/cli/registry.ts';
import type { Client, Cluster, Connection, Outcome, SimProcess, TraceEntry } from '../../../../src/contract/index.ts';
import { mongodb } from '../../../../src/db/mongodb/index.ts';
import type { MemberCurrent } from '../../../../src/db/mongodb/model/current/member.ts';
import { modelOf } from '../../../../src/db/mongodb/model/index.ts';
import type { Member } from '../../../../src/db/mongodb/model/member.ts';
import { elementsOf } from '../../../../src/db/mongodb/model/oplog.ts';
import { ReplicaSet } from '../../../../src/db/mongodb/model/replica-set.ts';
import type { MongoSettings } from '../../../../src/db/mongodb/settings.ts';
import { validatePlan } from '../../../../src/timeline/validate.ts';

const registry = makeRegistry();
const WAIT_MS_MAX = 60_000;

export interface Bench {
  readonly cluster: Cluster;
  readonly set: ReplicaSet;
  readonly trace: TraceEntry[];
  member(node: string): Member;
  current(node: string): MemberCurrent;
  elements(node: string): number[];
  /** Lets virtual time pass. @throws what has gone wrong in the simulation. */
  pass(ms: number): Promise<void>;
  /** @throws when it does not become true within a minute of virtual time. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Drops what `from` sends to `to`, in this direction only. @returns what heals it. */
  cut(from: readonly string[], to: readonly string[]): Promise<() => Promise<void>>;
  /** Both directions. */
  part(one: readonly string[], other: readonly string[]): Promise<() => Promise<void>>;
  client(home?: string): Promise<Client>;
  /** The outcome of one operation. */
  invoke(client: Client, f: string, value: unknown): Promise<Outcome>;
  /** A connection of a process on the last node: to its peers it is that member. */
  connect(node: string): Connection;
  /** One request on `connection`; the answer, or `lost` and why. */
  ask(connection: Connection, request: object): Promise<unknown>;
  /** What was said of one kind, by one node or by all. */
  said(what: string, node?: string): TraceEntry[];
  close(): Promise<void>;
}

/** Deploys `settings` on so many nodes, and waits until the set is whole. `sim` as a plan has it. */
export async function openBench(
  nodeCount: number,
  settings: Partial<MongoSettings>,
  { seed = 1, sim = {} }: { seed?: number; sim?: object } = {},
): Promise<Bench> {
  const plan = {
    plan: 1,
    name: 'bench',
    environment: { sim },
    nodes: nodeCount,
    database: { mongodb: settings },
    workload: { clients: 1, rate: '1/s', set: {} },
  };
  const bytes = Buffer.from(JSON.stringify(plan));
  const { ready, problems } = validatePlan({ file: 'bench.yaml', bytes }, registry, {});
  if (ready === undefined) throw new Error(JSON.stringify(problems));
  const { nodes, database, environment: chosen } = ready.timeline;
  const trace: TraceEntry[] = [];
  const environment = await registry.environments.get('sim')!.open({
    nodes,
    settings: chosen.settings,
    seed,
    log: silentLogger,
    trace: (entry) => trace.push(entry),
  });
  const given = database.settings as MongoSettings;
  const set = new ReplicaSet(nodes, given);
  let probe: SimProcess | undefined;
  const cluster = await environment.deploy({
    database: {
      ...mongodb,
      async model() {
        const made = modelOf(set, given);
        const boot = (process: SimProcess) => {
          probe = process;
        };
        return { ...made, programs: [...made.programs, { name: 'probe', boot }] };
      },
    },
    settings: given,
    workload: 'set',
    workloadSettings: {},
  });
  const { clock, network } = environment;
  let cuts = 0;
  const bench: Bench = {
    cluster,
    set,
    trace,
    member: (node) => set.members.get(node) as Member,
    current: (node) => set.members.get(node) as MemberCurrent,
    elements: (node) => elementsOf(bench.member(node).doc).sort((a, b) => a - b),
    async pass(ms) {
      await sleep(clock, ms);
      if (environment.failure?.aborted) throw environment.failure.reason;
    },
    async until(what, condition) {
      const endNs = clock.now() + WAIT_MS_MAX * NS_PER_MS;
      while (!(await condition())) {
        if (clock.now() > endNs) throw new Error(`never: ${what}`);
        await bench.pass(10);
      }
    },
    async cut(from, to) {
      const id = `cut ${cuts++}`;
      await network!.cut(id, Object.fromEntries(to.map((node) => [node, [...from]])));
      return async () => {
        await network!.restore(id);
      };
    },
    async part(one, other) {
      const heals = [await bench.cut(one, other), await bench.cut(other, one)];
      return async () => {
        for (const heal of heals) await heal();
      };
    },
    client: async (home = nodes[0] as string) => cluster.connect({ client: 0, home }),
    async invoke(client, f, value) {
      let outcome: Outcome | undefined;
      const ended = Promise.resolve(client.invoke({ f, value })).then((one) => {
        outcome = one;
      });
      await bench.until(`an end of ${f}`, () => outcome !== undefined);
      await ended;
      return outcome as Outcome;
    },
    connect: (node) => (probe as SimProcess).connect(node, 27017, {}),
    async ask(connection, request) {
      let answer: { value: unknown } | undefined;
      connection.call(request, (value, lost) => {
        answer = { value: lost === undefined ? value : { lost } };
      });
      await bench.until('an answer', () => answer !== undefined);
      return answer?.value;
    },
    said: (what, node) => trace.filter((entry) => entry.what === what && (node === undefined || entry.node === node)),
    close: () => environment.close(),
  };
  await bench.until('the set is whole', async () => (await cluster.ready()) === undefined);
  return bench;
}
