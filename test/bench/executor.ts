/**
 * The executor alone: schedule, executor and journal on disk, with a client that answers at once.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../src/base/logger.ts';
import { Secrets } from '../../src/base/secrets.ts';
import { noop as noopChecker } from '../../src/checker/noop/index.ts';
import type { AnyWorkload, Client } from '../../src/contract/index.ts';
import { makeRealClock } from '../../src/env/real-clock.ts';
import { execute } from '../../src/executor/index.ts';
import { Journal } from '../../src/history/index.ts';
import { noop as noopWorkload } from '../../src/workload/noop/index.ts';
import { fakeEnvironment } from '../executor/fake-environment.ts';
import { adds, makeTimeline } from '../executor/setup.ts';

export interface Measured {
  readonly opsPerS: number;
  /** Resident memory at a tenth of the run, and at its end, in MB. */
  readonly memoryMb: readonly [number, number];
  readonly lateP99Ms: number;
  readonly journalMb: number;
}

export interface Load {
  /** `adds`: add 0, 1, 2, ...; default: operations that do nothing. */
  readonly workload: 'adds' | 'noop';
  readonly connect?: () => Promise<Client>;
}

/** Runs `count` operations of `clients` clients through the whole executor; by default they are answered at once. */
export async function measureExecutor(
  clients: number,
  count: number,
  ratePerS: number | null,
  load: Load = { workload: 'noop' },
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-bench-'));
  const historyPath = join(folder, 'history.jsonl');
  const clock = makeRealClock();
  const answer = Promise.resolve({ type: 'ok' } as const);
  const fake = fakeEnvironment(['n1', 'n2', 'n3', 'n4', 'n5'], clock, {
    invoke: () => answer,
    ...(load.connect === undefined ? {} : { connect: load.connect }),
  });
  const base = makeTimeline({ count, clients, ratePerS, timeoutMs: 5000 }, ['n1']);
  const timeline = {
    ...base,
    workload: { ...base.workload, name: load.workload, settings: { count } },
    checkers: [{ name: 'noop', settings: {} }],
    steps: base.steps.filter((step) => step.do !== 'settle'),
  };
  const resident = () => process.memoryUsage().rss / 2 ** 20;
  let early = 0;
  let startNs = 0;
  let endNs = 0;
  const watch = setInterval(() => {
    if (early === 0 && journal.length > count / 5) early = resident();
  }, 5);
  // As the command line does it.
  const journal = new Journal(historyPath, (flush) => setTimeout(flush, 10));
  const { results } = await execute({
    timeline,
    registry: {
      environments: new Map(),
      databases: new Map([['fake', { ...fakeDatabase }]]),
      workloads: new Map<string, AnyWorkload>([
        ['noop', noopWorkload],
        ['adds', { ...adds, finalReads: () => [] }],
      ]),
      nemeses: new Map(),
      checkers: new Map([['noop', noopChecker]]),
    },
    environment: fake.environment,
    secrets: new Secrets({}),
    journal,
    historyPath,
    log: silentLogger,
    signal: new AbortController().signal,
    logFolder: () => folder,
    redactFile: () => {},
    observe(event) {
      if (event.type !== 'step') return;
      if (event.step.do === 'start-workload') startNs = clock.now();
      if (event.step.do === 'await-workload') {
        endNs = clock.now();
        clearInterval(watch);
        memory = resident();
      }
    },
  });
  const journalMb = statSync(historyPath).size / 2 ** 20;
  rmSync(folder, { recursive: true });
  if (results.operations.ok !== count) throw new Error(`${results.operations.ok} of ${count} operations ended ok`);
  return {
    opsPerS: count / ((endNs - startNs) / 1e9),
    memoryMb: [early, memory],
    lateP99Ms: results.lateness_ms?.p99 ?? 0,
    journalMb,
  };
}

let memory = 0;

const fakeDatabase = {
  kind: 'database',
  name: 'fake',
  summary: '',
  settings: {},
  workloads: ['noop'],
  abilities: [],
  requires: [],
} as const;
