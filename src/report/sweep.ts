/**
 * What the runs of a sweep say together, from what each said by itself: verdicts, distributions, and the seeds worth
 * looking at. Data in, data out: `sweep-text.ts` and `sweep-json.ts` print it.
 */
import type { ErrorCode } from '../base/errors.ts';
import type { CheckerResult, Validity } from '../contract/index.ts';
import type { Measured } from './distribution.ts';
import { type Share, shareOf } from './statistics.ts';

/** One run, as a worker sends it. */
export interface SweepRun {
  readonly seed: number;
  readonly valid: Validity;
  readonly as_expected: boolean;
  /** Why `valid` is not true, a sentence each. */
  readonly why: readonly string[];
  /** `set.lost`, `operations.ok`, `latency_ms.p50`, ...; none of a run that an error ended: it did not measure all. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Of the bytes of history.jsonl; null where there was none. */
  readonly history_sha256: string | null;
  /** What ended it before its time. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** The runs of one plan that differ by their seed only. */
export interface Combination {
  /** What `--vary` made of it: a value for each path, as they were written; none without. */
  readonly values: readonly string[];
  readonly expect: 'valid' | 'invalid';
  /** By seed, ascending; not all of them, where the sweep was interrupted. */
  readonly runs: readonly SweepRun[];
  /** The command that repeats one run. */
  again(seed: number): string;
}

export interface Sweep {
  readonly plan: string;
  readonly file: string;
  readonly environment: string;
  readonly simulated: readonly string[];
  readonly seeds: readonly number[];
  /** The paths that `--vary` varies. */
  readonly paths: readonly string[];
  readonly combinations: readonly Combination[];
}

/** The part of results.json that a sweep keeps. */
export interface Measurable {
  readonly checkers: Readonly<Record<string, CheckerResult>>;
  readonly operations: Readonly<Record<string, number>>;
  readonly latency_ms: object;
  readonly latency_by_phase_ms: Readonly<Record<string, object | null>> | null;
}

/** Numbers that tell a place in the history, not how much of anything there was. */
const PLACES: ReadonlySet<string> = new Set([
  'final_read',
  'skew_index',
  'failing_index',
  'previous_ok_index',
  'last_linearized_index',
]);

/** The numbers of a run by their names: of each checker's finding, of the operations, of their latency. */
export function numbersOf({ checkers, operations, latency_ms, latency_by_phase_ms }: Measurable) {
  const numbers: Record<string, number> = {};
  const add = (group: string, found: object | null) => {
    for (const [name, value] of Object.entries(found ?? {})) {
      if (typeof value === 'number' && !PLACES.has(name)) numbers[`${group}.${name}`] = value;
    }
  };
  for (const [checker, finding] of Object.entries(checkers)) add(checker, finding);
  add('operations', operations);
  add('latency_ms', latency_ms);
  for (const [phase, found] of Object.entries(latency_by_phase_ms ?? {})) add(`latency_by_phase_ms.${phase}`, found);
  return numbers;
}

/** Every number's values over the runs, in the order of the report. */
export function measuredOf(runs: readonly SweepRun[]): Measured[] {
  const names = new Set(runs.flatMap(({ numbers }) => Object.keys(numbers)));
  return [...names].map((name) => ({ name, values: runs.flatMap(({ numbers }) => numbers[name] ?? []) }));
}

export const VERDICTS = ['valid', 'invalid', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

export function verdictOf({ valid }: Pick<SweepRun, 'valid'>): Verdict {
  if (valid === 'unknown') return 'unknown';
  return valid ? 'valid' : 'invalid';
}

/** How many runs came to each verdict. */
export function verdictsOf(runs: readonly SweepRun[]): Record<Verdict, Share> {
  const share = (verdict: Verdict) => shareOf(runs.filter((run) => verdictOf(run) === verdict).length, runs.length);
  return { valid: share('valid'), invalid: share('invalid'), unknown: share('unknown') };
}

/** A run worth looking at, and why. */
export interface Notable {
  readonly reason: 'first_failing' | 'first_unknown' | 'worst';
  readonly run: SweepRun;
  /** Of the worst: what there was most of, and how much. */
  readonly most?: { readonly name: string; readonly value: number };
}

/**
 * The first run that failed, the first that came to no verdict, and the one that lost most; of several the one of the
 * lowest seed. To fail is to come to another verdict than the plan expects; where settings are varied, of which a plan
 * expects nothing in particular, it is to be invalid.
 */
export function notablesOf(runs: readonly SweepRun[], varied: boolean): Notable[] {
  const judged = runs.filter(({ error }) => error === undefined);
  const failing = judged.find((run) => (varied ? run.valid === false : !run.as_expected));
  const unknown = judged.find(({ valid }) => valid === 'unknown');
  const worst = worstOf(judged);
  return [
    ...(failing === undefined ? [] : [{ reason: 'first_failing' as const, run: failing }]),
    ...(unknown === undefined || unknown === failing ? [] : [{ reason: 'first_unknown' as const, run: unknown }]),
    ...(worst === undefined ? [] : [worst]),
  ];
}

function worstOf(runs: readonly SweepRun[]): Notable | undefined {
  const name = runs.flatMap(({ numbers }) => Object.keys(numbers)).find((one) => one.endsWith('.lost'));
  if (name === undefined) return undefined;
  const lost = (run: SweepRun) => run.numbers[name] ?? 0;
  const [first, ...rest] = runs;
  const worst = rest.reduce((most, run) => (lost(run) > lost(most) ? run : most), first as SweepRun);
  if (lost(worst) === 0) return undefined;
  return { reason: 'worst', run: worst, most: { name, value: lost(worst) } };
}

/** Runs that the same error ended, by its message. */
export function errorsOf(runs: readonly SweepRun[]): Map<string, SweepRun[]> {
  const errors = new Map<string, SweepRun[]>();
  for (const run of runs) {
    if (run.error === undefined) continue;
    const same = errors.get(run.error.message) ?? [];
    errors.set(run.error.message, [...same, run]);
  }
  return errors;
}

/** How many runs there are, and how many there would be without an interruption. */
export function progressOf({ combinations, seeds }: Sweep): { done: number; planned: number } {
  const done = combinations.reduce((sum, { runs }) => sum + runs.length, 0);
  return { done, planned: combinations.length * seeds.length };
}
