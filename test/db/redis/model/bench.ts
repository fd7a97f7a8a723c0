/** The model on the simulator, without a plan: servers that a test talks to itself. */
import { NS_PER_MS, sleep } from '../../../../src/base/clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { makeRegistry } from '../../../../src/cli/registry.ts';
import type { Cluster, Connection, SimProcess, TraceEntry } from '../../../../src/contract/index.ts';
import { redis } from '../../../../src/db/redis/index.ts';
import { model } from '../../../../src/db/redis/model/index.ts';
import type { Command } from '../../../../src/db/redis/model/protocol.ts';
import type { RedisSettings } from '../../../../src/db/redis/settings.ts';
import { validatePlan } from '../../../../src/timeline/validate.ts';

const registry = makeRegistry();
const CALL_MS_MAX = 60_000;

export interface Bench {
  readonly cluster: Cluster;
  readonly trace: TraceEntry[];
  /** Lets virtual time pass. */
  pass(ms: number): Promise<void>;
  /** @throws when it does not become true within a minute of virtual time. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** A connection of the test's own, from the last node. */
  connect(node: string): Connection;
  /** One command on `connection`; the answer, or `lost` and why. */
  ask(connection: Connection, command: Command): Promise<unknown>;
  /** What a node said of one kind. */
  said(node: string, what: string): TraceEntry[];
  close(): Promise<void>;
}

/** Deploys `settings` on so many nodes, and waits until all is ready. `sim` as a plan has it. */
export async function openBench(
  nodeCount: number,
  settings: Partial<RedisSettings>,
  { seed = 1, sim = {} }: { seed?: number; sim?: object } = {},
): Promise<Bench> {
  const plan = {
    plan: 1,
    name: 'bench',
    environment: { sim },
    nodes: nodeCount,
    database: { redis: settings },
    workload: { clients: 1, rate: '1/s', set: {} },
  };
  const { ready, problems } = validatePlan(
    { file: 'bench.yaml', bytes: Buffer.from(JSON.stringify(plan)) },
    registry,
    {},
  );
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
  const failed = () => {
    if (environment.failure?.aborted) throw environment.failure.reason;
  };
  let probe: SimProcess | undefined;
  const cluster = await environment.deploy({
    database: {
      ...redis,
      async model(context) {
        const made = await model(context as Parameters<typeof model>[0]);
        const boot = (process: SimProcess) => {
          probe = process;
        };
        return { ...made, programs: [...made.programs, { name: 'probe', boot }] };
      },
    },
    settings: database.settings,
    workload: 'set',
    workloadSettings: {},
  });
  const { clock } = environment;
  const pass = async (ms: number) => {
    await sleep(clock, ms);
    failed();
  };
  const bench: Bench = {
    cluster,
    trace,
    pass,
    async until(what, condition) {
      const endNs = clock.now() + CALL_MS_MAX * NS_PER_MS;
      while (!(await condition())) {
        if (clock.now() > endNs) throw new Error(`never: ${what}`);
        await pass(10);
      }
    },
    connect: (node) => (probe as SimProcess).connect(node, 6379, {}),
    async ask(connection, command) {
      let answer: { value: unknown } | undefined;
      connection.call(command, (value, lost) => {
        answer = { value: lost === undefined ? value : { lost } };
      });
      await bench.until(`an answer to ${command.command}`, () => answer !== undefined);
      return answer?.value;
    },
    said: (node, what) => trace.filter((entry) => entry.node === node && entry.what === what),
    close: () => environment.close(),
  };
  await bench.until('all is ready', async () => (await cluster.ready()) === undefined);
  return bench;
}
