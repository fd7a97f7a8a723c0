/** A model on the simulator, without a plan: a test talks to its servers itself, looks at them, cuts and kills. Closed when the test is over. */
import { onTestFinished } from 'vitest';
import { NS_PER_MS, sleep } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { makeRegistry } from '../../src/cli/registry.ts';
import type {
  Client,
  Cluster,
  Connection,
  Model,
  Network,
  Outcome,
  SimProcess,
  TraceEntry,
} from '../../src/contract/index.ts';
import { validatePlan } from '../../src/timeline/validate.ts';

const registry = makeRegistry();
const WAIT_MS_MAX = 60_000;

export interface Bench {
  readonly nodes: readonly string[];
  readonly cluster: Cluster;
  readonly network: Network;
  readonly trace: TraceEntry[];
  /** Lets virtual time pass. @throws what has gone wrong in the simulation. */
  pass(ms: number): Promise<void>;
  /** @throws when it does not become true within a minute of virtual time. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** The outcome of one operation. */
  invoke(client: Client, f: string, value: unknown): Promise<Outcome>;
  /** A connection of a process on the last node: to its peers it is that node. */
  connect(node: string): Connection;
  /** One request on `connection`; the answer, or `lost` and why. */
  ask(connection: Connection, request: object): Promise<unknown>;
  /** What was said of one kind, by one node or by all. */
  said(what: string, node?: string): TraceEntry[];
  close(): Promise<void>;
}

export interface Benched {
  /** The name of the database, and its settings as a plan has them. */
  readonly database: string;
  readonly given: object;
  readonly nodeCount: number;
  /** Where its servers listen. */
  readonly port: number;
  /** Makes the model, of the settings with their defaults. */
  model(settings: unknown, nodes: readonly string[]): Model | Promise<Model>;
}

/** Deploys a model, and waits until all is ready. `sim` as a plan has it. */
export async function openModel(
  { database, given, nodeCount, port, model }: Benched,
  { seed = 1, sim = {} }: { seed?: number; sim?: object } = {},
): Promise<Bench> {
  const plan = {
    plan: 1,
    name: 'bench',
    environment: { sim },
    nodes: nodeCount,
    database: { [database]: given },
    workload: { clients: 1, rate: '1/s', set: {} },
  };
  const bytes = Buffer.from(JSON.stringify(plan));
  const { ready, problems } = validatePlan({ file: 'bench.yaml', bytes }, registry, {});
  if (ready === undefined) throw new Error(JSON.stringify(problems));
  const { nodes, database: used, environment: chosen } = ready.timeline;
  const trace: TraceEntry[] = [];
  const environment = await registry.environments.get('sim')!.open({
    nodes,
    settings: chosen.settings,
    run: 'bench',
    seed,
    log: silentLogger,
    trace: (entry) => trace.push(entry),
  });
  let probe: SimProcess | undefined;
  const boot = (process: SimProcess) => {
    probe = process;
  };
  const cluster = await environment.deploy({
    database: {
      ...registry.databases.get(database)!,
      async model() {
        const made = await model(used.settings, nodes);
        return { ...made, programs: [...made.programs, { name: 'probe', boot }] };
      },
    },
    settings: used.settings,
    workload: 'set',
    workloadSettings: {},
  });
  const { clock, network } = environment;
  const bench: Bench = {
    nodes,
    cluster,
    network,
    trace,
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
    async invoke(client, f, value) {
      let outcome: Outcome | undefined;
      const ended = Promise.resolve(client.invoke({ f, value })).then((one) => {
        outcome = one;
      });
      await bench.until(`an end of ${f}`, () => outcome !== undefined);
      await ended;
      return outcome as Outcome;
    },
    connect: (node) => (probe as SimProcess).connect(node, port, {}),
    async ask(connection, request) {
      let answer: { value: unknown } | undefined;
      connection.call(request, (value, lost) => {
        answer = { value: lost === undefined ? value : { lost } };
      });
      await bench.until(`an answer to ${JSON.stringify(request)}`, () => answer !== undefined);
      return answer?.value;
    },
    said: (what, node) => trace.filter((entry) => entry.what === what && (node === undefined || entry.node === node)),
    close: () => environment.close(),
  };
  onTestFinished(() => bench.close());
  await bench.until('all is ready', async () => (await cluster.ready()) === undefined);
  return bench;
}
