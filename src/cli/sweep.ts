/**
 * `plan-run sweep PLAN`: one plan under many seeds, and with `--vary` under many settings, on all cores. Nothing is
 * kept but what the runs say together; any of them can be repeated by its seed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ERROR_EXITS, EXIT, PlanRunError } from '../base/errors.ts';
import { Secrets } from '../base/secrets.ts';
import { makeRealClock } from '../env/index.ts';
import { simulatedOf } from '../executor/index.ts';
import type { PlanFile } from '../plan/index.ts';
import { type Combination, type Sweep, type SweepRun, sweepJson, sweepText } from '../report/index.ts';
import { againCommand } from './again.ts';
import { listen, outliveOutput, worst } from './ending.ts';
import type { PlanOptions } from './main.ts';
import { expand, type Loaded, loadGiven, readGiven } from './plans.ts';
import { makeRegistry } from './registry.ts';
import { handOut, makeHands } from './sweep/hand-out.ts';
import type { Sweeping, Task } from './sweep/one.ts';
import { SweepProgress } from './sweep/progress.ts';
import { combinationsOf, type Vary } from './sweep/vary.ts';
import { isColored, problemsText } from './validate.ts';

/** More would be a mistake: what a run found is kept until the sweep ends. */
const RUNS_MAX = 100_000;

export interface SweepOptions extends Omit<PlanOptions, 'seed'> {
  /** Ascending, each once. */
  readonly seeds: readonly number[];
  readonly vary?: readonly Vary[];
  readonly jobs?: number;
  readonly json?: boolean;
}

type Ready = NonNullable<Loaded['ready']>;

/** Runs the sweep, prints what it found to stdout, and how it goes to stderr. @returns the exit code. */
export async function sweepCommand(pattern: string, options: SweepOptions): Promise<number> {
  outliveOutput();
  refuseNonsense(options);
  const [file = pattern, ...others] = await expand([pattern]);
  if (others.length > 0)
    throw new PlanRunError('usage', `${pattern} names ${others.length + 1} plans; sweep takes one`);
  const values = combinationsOf(options.vary ?? []);
  const read = readGiven(file);
  const sets = values.map((row) => [...(options.set ?? []), ...assignments(options.vary ?? [], row)]);
  const loaded = 'problems' in read ? [read] : await loadAll(read, sets, options);
  process.stderr.write(problemsText(merged(loaded), isColored(process.stderr)));
  const ready = loaded.flatMap((one) => (one.ready === undefined ? [] : [one.ready]));
  if ('problems' in read || ready.length < loaded.length) {
    process.stderr.write(`refused: ${file}; nothing was started\n`);
    return EXIT.refused;
  }
  for (const one of ready) refuseUnfit(one);
  const { runs, interrupted } = await runAll(read, sets, options);
  const sweep = sweepOf({ file, options, values, ready, runs });
  const text = sweepText(sweep);
  if (options.json) process.stdout.write(`${JSON.stringify(sweepJson(sweep), null, 2)}\n`);
  (options.json ? process.stderr : process.stdout).write(text);
  return exitCode(sweep, interrupted);
}

/** @throws PlanRunError `usage` for options that contradict each other. */
function refuseNonsense({ vary = [], env, seeds }: SweepOptions): void {
  const paths = vary.map(({ path }) => path);
  const twice = paths.find((path, at) => paths.indexOf(path) < at);
  const usage = (message: string, hint: string) => new PlanRunError('usage', message, { hint });
  if (twice !== undefined) throw usage(`--vary ${twice} is there twice`, `write all its values behind one --vary`);
  if (paths.includes('seed')) throw usage('--vary cannot vary the seed', 'that is what --seeds does: --seeds 1..100');
  if (env !== undefined && paths.includes('environment'))
    throw usage('--env overrides what --vary varies', 'leave out one of them');
  const runs = combinationsOf(vary).length * seeds.length;
  if (runs > RUNS_MAX) throw usage(`That is ${runs} runs`, `at most ${RUNS_MAX} at once: take fewer seeds or values`);
}

function assignments(vary: readonly Vary[], row: readonly string[]): string[] {
  return vary.map(({ path }, at) => `${path}=${row[at]}`);
}

/** Each combination with the first seed. */
async function loadAll(given: PlanFile, sets: readonly string[][], options: SweepOptions): Promise<Loaded[]> {
  const { env, allowModules = false, seeds } = options;
  const common = { allowModules, seed: seeds[0] as number, ...(env === undefined ? {} : { env }) };
  const own = makeRegistry();
  const loaded: Loaded[] = [];
  for (const set of sets) loaded.push(await loadGiven(given, own, { ...common, set }));
  return loaded;
}

/** The problems of all combinations, each once, as those of one plan. */
function merged(loaded: readonly Loaded[]): Loaded[] {
  const problems = new Map(loaded.flatMap((one) => one.problems.map((problem) => [JSON.stringify(problem), problem])));
  const [first] = loaded;
  return first === undefined ? [] : [{ ...first, problems: [...problems.values()] }];
}

/** @throws PlanRunError `refused` where the environment is not simulated, or a secret is not set. */
function refuseUnfit({ timeline, registry }: Ready): void {
  const { name } = timeline.environment;
  if (registry.environments.get(name)?.simulated !== true) {
    const fit = [...registry.environments.values()].find(({ simulated }) => simulated === true);
    throw new PlanRunError('refused', `Cannot sweep in the environment "${name}": it is not a simulation`, {
      ...(fit === undefined ? {} : { hint: `sweep in one that is: --env ${fit.name}` }),
    });
  }
  new Secrets(process.env).resolve([timeline.database, timeline.workload, timeline.steps, timeline.checkers]);
}

/** The runs of each combination, in no order: those that were done when it ended, or was interrupted. */
async function runAll(given: PlanFile, sets: readonly string[][], options: SweepOptions) {
  const { seeds, env, allowModules = false, jobs = availableParallelism() } = options;
  const runs = sets.map((): SweepRun[] => []);
  // One seed after the other, so that an interruption leaves every combination as many.
  const tasks = seeds.flatMap((seed) => sets.map((_, combination): Task => ({ combination, seed })));
  const stop = new AbortController();
  const release = listen(stop);
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-sweep-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const variants = sets.map((set) => ({ given, set }));
  const sweeping: Sweeping = { variants, env, allowModules, folder };
  const progress = new SweepProgress(tasks.length, makeRealClock(), process.stderr);
  try {
    const hands = makeHands(Math.min(jobs, tasks.length), sweeping, stop.signal);
    await handOut(tasks, hands, stop.signal, ({ combination }, run) => {
      runs[combination]?.push(run);
      progress.add();
    });
  } finally {
    progress.end();
    release();
    process.off('exit', remove);
    remove();
  }
  return { runs, interrupted: stop.signal.aborted };
}

interface Found {
  readonly file: string;
  readonly options: SweepOptions;
  readonly values: readonly string[][];
  readonly ready: readonly Ready[];
  readonly runs: readonly SweepRun[][];
}

function sweepOf({ file, options, values, ready, runs }: Found): Sweep {
  const [first] = ready;
  return {
    plan: first?.timeline.plan ?? '',
    file,
    environment: [...new Set(ready.map(({ timeline }) => timeline.environment.name))].join(', '),
    simulated: [...new Set(ready.map(({ timeline, registry }) => simulatedOf(timeline, registry) ?? ''))],
    seeds: options.seeds,
    paths: (options.vary ?? []).map(({ path }) => path),
    combinations: ready.map((one, at): Combination => {
      const { plan, timeline } = one;
      const { overrides, expect, environment } = timeline;
      const repeated = { file, modules: plan.modules, overrides, environment: environment.name };
      return {
        values: values[at] ?? [],
        expect,
        runs: (runs[at] ?? []).toSorted((a, b) => a.seed - b.seed),
        again: (seed) => againCommand({ ...repeated, seed }),
      };
    }),
  };
}

/**
 * As that of several plans. But what comes of settings that are varied is the product, not a test: then a verdict is as
 * good as another, as long as there is one.
 */
function exitCode({ combinations, paths }: Sweep, interrupted: boolean): number {
  const codes = combinations.flatMap(({ runs }) =>
    runs.map(({ error, valid, as_expected }) => {
      if (error !== undefined) return ERROR_EXITS[error.code];
      if (valid === 'unknown') return EXIT.unknown;
      return as_expected || paths.length > 0 ? EXIT.expected : EXIT.unexpected;
    }),
  );
  return worst(interrupted ? [...codes, EXIT.interrupted] : codes);
}
