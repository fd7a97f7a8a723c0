import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import type { Clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Secrets } from '../../src/base/secrets.ts';
import type { AnyChecker, AnyNemesis, AnyWorkload, Generator, Registry } from '../../src/contract/index.ts';
import { type Execution, execute, type Outcome, type RunEvent } from '../../src/executor/index.ts';
import { Journal, type Op } from '../../src/history/index.ts';
import { noop } from '../../src/nemesis/noop/index.ts';
import type { Step, Timeline } from '../../src/timeline/index.ts';
import { type Fakes, fakeEnvironment } from './fake-environment.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Adds 0, 1, 2, ... below `count`, client i of n the numbers i mod n; then reads. */
export const adds: AnyWorkload = {
  kind: 'workload',
  name: 'adds',
  summary: 'test',
  settings: Type.Object({}),
  ops: { add: 'integer', read: 'integers' },
  checkers: [],
  count: ({ count }) => count,
  generator({ count }, { clients }) {
    const next = Array.from({ length: clients }, (_, client) => client);
    return {
      next(client) {
        const value = next[client] as number;
        next[client] = value + clients;
        return value < count ? { f: 'add', value } : undefined;
      },
    };
  },
  finalReads: () => [{ f: 'read', value: null }],
};

/** Cuts the network as the action says. */
const cut: AnyNemesis = {
  ...noop,
  name: 'cut',
  async inject({ id, network }) {
    return {
      value: 'cut',
      perNodeMs: await network.cut(id, { n1: ['n2'] }),
      probe: () => network.status(id),
      undo: () => network.restore(id),
    };
  },
};

/** Valid when the last read has everything that was acknowledged. */
const all: AnyChecker = {
  kind: 'checker',
  name: 'all',
  summary: 'test',
  settings: Type.Object({}),
  judges: 'any',
  check(history) {
    const acknowledged: unknown[] = [];
    let read: unknown[] | undefined;
    for (const op of history.ops()) {
      if (op.type !== 'ok') continue;
      if (op.f === 'add') acknowledged.push(op.value);
      else read = op.value as unknown[];
    }
    if (read === undefined) return { valid: 'unknown', why: 'no read' };
    const lost = acknowledged.filter((value) => !read.includes(value));
    return { valid: lost.length === 0, lost };
  },
  text: () => [],
};

export interface Given {
  count?: number;
  clients?: number;
  nodes?: string[];
  ratePerS?: number | null;
  timeoutMs?: number;
  faults?: { atMs: number; forMs: number | null; nemesis?: string }[];
  require?: Partial<Timeline['require']>;
  expect?: 'valid' | 'invalid';
  checkers?: AnyChecker[];
  nemeses?: AnyNemesis[];
  /** Stands between the executor and the generator of `adds`. */
  generator?(plain: Generator): Generator;
  fakes?: Fakes | ((clock: Clock) => Fakes);
  signal?: AbortSignal;
  patience?(): AbortSignal;
  observe?(event: RunEvent): void;
}

/** Executes a timeline made for the test on the fake environment, in virtual time. */
export async function executeGiven(given: Given) {
  const clock = new VirtualClock();
  const nodes = given.nodes ?? ['n1', 'n2', 'n3'];
  const fakes = typeof given.fakes === 'function' ? given.fakes(clock) : given.fakes;
  const fake = fakeEnvironment(nodes, clock, fakes);
  const timeline = makeTimeline(given, nodes);
  const historyPath = join(mkdtempSync(join(tmpdir(), 'plan-run-test-')), 'history.jsonl');
  const execution: Execution = {
    timeline,
    registry: registryOf(given),
    environment: fake.environment,
    secrets: new Secrets({}),
    journal: new Journal(historyPath),
    historyPath,
    log: silentLogger,
    signal: given.signal ?? new AbortController().signal,
    logFolder: () => tmpdir(),
    redactFile: () => {},
    observe: (event) => given.observe?.(event),
    ...(given.patience === undefined ? {} : { patience: given.patience }),
  };
  const outcome: Outcome = await execute(execution);
  const text = readFileSync(historyPath, 'utf8');
  const history = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Op);
  return { ...outcome, history, text, calls: fake.calls, cuts: fake.cuts, clock };
}

function registryOf({ checkers = [all], nemeses = [cut, noop], generator = (plain) => plain }: Given): Registry {
  const byName = <T extends { name: string }>(modules: readonly T[]) => new Map(modules.map((one) => [one.name, one]));
  return {
    environments: new Map(),
    databases: byName([
      {
        kind: 'database',
        name: 'fake',
        summary: '',
        settings: Type.Object({}),
        workloads: [],
        abilities: [],
        requires: [],
      },
    ]),
    workloads: byName([
      { ...adds, generator: (settings, context) => generator(adds.generator(settings, context)) } satisfies AnyWorkload,
    ]),
    nemeses: byName(nemeses),
    checkers: byName(checkers),
  };
}

const place = { path: 'faults[0]', line: 7, column: 3 };

export function makeTimeline(given: Given, nodes: readonly string[]): Timeline {
  const { count = 20, clients = 2, ratePerS = 10, timeoutMs = 1000, faults = [] } = given;
  const steps: (Step & { atMs: number })[] = faults.flatMap(({ atMs, forMs, nemesis = 'cut' }, index) => {
    const fault = `f${index + 1}`;
    const effect = { hits: ['n1'], words: 'cut n1' };
    const inject = { do: 'inject', phase: 'run', place, atMs, forMs, fault, nemesis, action: null, effect } as const;
    const undo = { do: 'undo', phase: 'run', place, atMs: atMs + (forMs ?? 0), fault } as const;
    return forMs === null ? [inject] : [inject, undo];
  });
  return {
    timeline: 1,
    plan: 'test',
    file: 'test.yaml',
    seed: 1,
    environment: { name: 'fake', settings: {} },
    nodes,
    clients: Array.from({ length: clients }, (_, client) => ({ client, home: nodes[client % nodes.length] as string })),
    clientsAtHome: false,
    database: { name: 'fake', settings: {} },
    workload: {
      name: 'adds',
      settings: { count },
      count,
      ratePerS,
      timeoutMs,
      durationMs: ratePerS === null ? null : (count / ratePerS) * 1000,
    },
    require: { before: 1, during: 1, after: 1, ...given.require },
    checkers: (given.checkers ?? [all]).map(({ name }) => ({ name, settings: {} })),
    expect: given.expect ?? 'valid',
    steps: [
      { do: 'provision', phase: 'prepare', place },
      { do: 'deploy', phase: 'prepare', place },
      { do: 'await-ready', phase: 'prepare', place, timeoutMs: 5000 },
      { do: 'open-clients', phase: 'prepare', place },
      { do: 'start-workload', phase: 'run', place, atMs: 0 },
      ...steps.sort((a, b) => a.atMs - b.atMs),
      { do: 'await-workload', phase: 'run', place },
      { do: 'heal', phase: 'finish', place },
      { do: 'settle', phase: 'finish', place, forMs: 500, readyTimeoutMs: 2000 },
      { do: 'final-reads', phase: 'finish', place, timeoutMs: 10_000 },
      { do: 'collect-logs', phase: 'finish', place },
      { do: 'tear-down', phase: 'finish', place },
      { do: 'check', phase: 'judge', place },
      { do: 'report', phase: 'judge', place },
    ],
  };
}
