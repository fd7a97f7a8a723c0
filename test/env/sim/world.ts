/** A simulated world for a test: machines that run what the test gives them, and whatever settings it needs. */
import { NS_PER_MS, sleep } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import {
  type Client,
  type Cluster,
  type Connection,
  type DatabaseModule,
  type Environment,
  type Handler,
  type Loss,
  type Model,
  NoSettings,
  type SimHost,
  type SimProcess,
  type TraceEntry,
} from '../../../src/contract/index.ts';
import { problems, type SimSettings, settings as schema } from '../../../src/env/sim/settings.ts';
import { openSim } from '../../../src/env/sim/sim.ts';
import { check } from '../../../src/plan/settings/check.ts';
import type { Schema } from '../../../src/plan/settings/words.ts';

export const NODES = ['n1', 'n2', 'n3'];
export const PORT = 7000;

/** Takes exactly that long. */
export const exactly = (duration: string) => ({ min: duration, p50: duration, p99: duration, max: duration });

/** Settings as a plan's would be: with their defaults. @throws what a plan would be refused for. */
export function simSettings(given: Partial<SimSettings> = {}): SimSettings {
  const settings = structuredClone(given) as SimSettings;
  const wrong = [...check(schema as unknown as Schema, settings, ''), ...problems(settings)];
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  return settings;
}

/** Packets take a millisecond, clocks are right: what a test asserts can be reckoned. */
export const PLAIN: Partial<SimSettings> = { latency: exactly('1ms'), clock_offset: '0ms', clock_drift_ppm: 0 };

export interface WorldOptions {
  readonly nodes?: readonly string[];
  readonly settings?: Partial<SimSettings>;
  readonly seed?: number;
  /** Names of the programs on every node. */
  readonly programs?: readonly string[];
  /** What each process does when it is started. */
  boot?(process: SimProcess): void;
  readonly trace?: (entry: TraceEntry) => void;
}

export interface TestWorld {
  readonly env: Environment;
  readonly cluster: Cluster;
  /** The process that was started last on a node. */
  process(node: string, program?: string): SimProcess;
  /** The host of a client of its own. */
  host(client: number): Promise<SimHost>;
  /** Lets so many milliseconds pass. */
  sleep(ms: number): Promise<void>;
  nowMs(): number;
}

export async function openWorld(options: WorldOptions = {}): Promise<TestWorld> {
  const { nodes = NODES, settings = PLAIN, seed = 1, programs = ['probe'], boot, trace } = options;
  const env = openSim({
    nodes,
    settings: simSettings(settings),
    run: 'test',
    seed,
    log: silentLogger,
    trace,
  });
  const processes = new Map<string, SimProcess>();
  const cluster = await deploy(env, {
    programs: programs.map((name) => ({
      name,
      boot(process) {
        processes.set(`${process.node} ${name}`, process);
        boot?.(process);
      },
    })),
    ready: () => undefined,
    primaries: () => ['n1'],
    connect: async (host) => new Seated(host),
  });
  return {
    env,
    cluster,
    process: (node, program = programs[0] as string) => processes.get(`${node} ${program}`)!,
    host: async (client) => ((await cluster.connect(env.seat(client))) as Seated).host,
    sleep: (ms) => sleep(env.clock, ms),
    nowMs: () => env.clock.now() / NS_PER_MS,
  };
}

/** A client that does nothing but show where it runs. */
class Seated implements Client {
  readonly host: SimHost;

  constructor(host: SimHost) {
    this.host = host;
  }

  invoke() {
    return { type: 'ok' } as const;
  }

  close() {}
}

export function deploy(env: Environment, model: Model): Promise<Cluster> {
  const database: DatabaseModule = {
    kind: 'database',
    name: 'test',
    summary: 'What a test simulates.',
    settings: NoSettings,
    workloads: [],
    abilities: [],
    requires: [],
    // Loading it takes real time, a few turns of the event loop.
    async model() {
      for (let k = 0; k < 5; k++) await new Promise<void>((resolve) => setImmediate(resolve));
      return model;
    },
  };
  return env.deploy({ database, settings: {}, workload: 'none', workloadSettings: {} });
}

/** What one end of a connection has seen. */
export class Ear {
  opened = 0;
  readonly heard: unknown[] = [];
  readonly asked: unknown[] = [];
  readonly ended: Loss[] = [];
  /** The end itself, where it was accepted. */
  connection!: Connection;

  /** Answers each request with itself. */
  readonly handler: Handler = {
    opened: () => void this.opened++,
    message: (message) => void this.heard.push(message),
    asked: (request, reply) => {
      this.asked.push(request);
      reply(request);
    },
    ended: (why) => void this.ended.push(why),
  };
}

/** Listens, and keeps an ear on each connection. */
export function listen(process: SimProcess, port = PORT): Ear[] {
  const ears: Ear[] = [];
  process.listen(port, (connection) => {
    const ear = new Ear();
    ear.connection = connection;
    ears.push(ear);
    return ear.handler;
  });
  return ears;
}

export function dial(process: SimProcess, node: string, port = PORT): Ear {
  const ear = new Ear();
  ear.connection = process.connect(node, port, ear.handler);
  return ear;
}

/** A connection from n1 to n2 that is there after `withinMs`: a lost packet may delay it. */
export async function pair(world: TestWorld, withinMs = 1_000): Promise<{ here: Ear; there: Ear }> {
  const ears = listen(world.process('n2'));
  const here = dial(world.process('n1'), 'n2');
  await world.sleep(withinMs);
  return { here, there: ears[0]! };
}

/** Both directions between n1 and n2. */
export const BETWEEN = { n1: ['n2'], n2: ['n1'] };
