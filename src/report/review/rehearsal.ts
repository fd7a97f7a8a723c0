import { quantile } from '../statistics.ts';
import { errorsOf, type SweepRun, verdictOf } from '../sweep.ts';
import type { Rehearsal, RehearsedSide } from './review.ts';

/** How often a side came to what, and lost how much. */
export interface SideCounts {
  /** Runs that came to an end. */
  readonly runs: number;
  readonly valid: number;
  readonly invalid: number;
  readonly unknown: number;
  readonly as_expected: number;
  /** Where a checker counts what is lost: runs that lost something, and the median of its share (or of the count) in those. */
  readonly lost?: {
    readonly what: string;
    /** Runs in which that was counted: not those that ended before. */
    readonly of: number;
    readonly runs: number;
    readonly median: string | null;
  };
}

export function countsOf({ runs }: RehearsedSide): SideCounts {
  const count = (verdict: string) => runs.filter((run) => verdictOf(run) === verdict).length;
  const name = runs.flatMap(({ numbers }) => Object.keys(numbers)).find((one) => one.endsWith('.lost'));
  return {
    runs: runs.length,
    valid: count('valid'),
    invalid: count('invalid'),
    unknown: count('unknown'),
    as_expected: runs.filter((run) => run.as_expected).length,
    ...(name !== undefined && { lost: lostOf(runs, name) }),
  };
}

/** What a checker's elements are to a reader. */
const ELEMENTS: Readonly<Record<string, string>> = { queue: 'values', 'total-queue': 'values', delivery: 'messages' };

function lostOf(runs: readonly SweepRun[], name: string): NonNullable<SideCounts['lost']> {
  const checker = name.slice(0, -'.lost'.length);
  const losing = runs.filter(({ numbers }) => (numbers[name] ?? 0) > 0);
  const shares = losing.map(({ numbers }) => (numbers[name] as number) / (numbers[`${checker}.acknowledged`] ?? 0));
  const counted = losing.map(({ numbers }) => numbers[name] as number);
  const median = (values: readonly number[]) =>
    quantile(
      [...values].sort((a, b) => a - b),
      0.5,
    );
  const words = shares.every(Number.isFinite) ? () => percent(median(shares)) : () => String(median(counted));
  const of = runs.filter(({ numbers }) => numbers[name] !== undefined).length;
  return { what: ELEMENTS[checker] ?? 'writes', of, runs: losing.length, median: losing.length === 0 ? null : words() };
}

/** `36%`, `0.067%`. */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))}%`;
}

/**
 * What a rehearsal shows, in sentences: `0 of 50 seeds lost writes before; 50 of 50 after, median 36%.` Then what the verdicts are, where
 * they do not say the same, and what could not be rehearsed.
 */
export function rehearsalSentences(rehearsal: Rehearsal): string[] {
  const { before, after } = rehearsal;
  const sides = [
    ['before', before],
    ['after', after],
  ] as const;
  const run = sides.flatMap(([when, side]) =>
    side === undefined || side.runs.length === 0 ? [] : [{ when, side, counts: countsOf(side) }],
  );
  const losses = run.filter(({ counts }) => counts.lost !== undefined);
  const lose = losses.map(({ when, counts: { lost } }, index) => {
    const subject =
      index === 0 ? `${lost?.runs} of ${lost?.of} seeds lost ${lost?.what}` : `${lost?.runs} of ${lost?.of}`;
    return `${subject} ${when}${lost?.median == null ? '' : `, median ${lost.median}`}`;
  });
  const verdicts = run.map(({ when, counts }) => `${verdictWords(counts)} ${when}`);
  const contradiction = contradictionWords(rehearsal);
  return [
    ...(lose.length === 0 ? [] : [`${lose.join('; ')}.`]),
    ...(verdicts.length === 0 ? [] : [`${capitalized(verdicts.join('; '))}.`]),
    ...(contradiction === undefined ? [] : [contradiction]),
    ...run.flatMap(({ when, side }) => [...unknownWords(when, side), ...errorWords(when, side)]),
    ...shortWords(rehearsal),
    ...impossibleWords(rehearsal),
  ];
}

function shortWords({ before, after, seeds }: Rehearsal): string[] {
  const counts = [before, after].flatMap((side) =>
    side === undefined || side.impossible !== undefined ? [] : [side.runs.length],
  );
  if (counts.every((count) => count >= seeds)) return [];
  return [`The time ran out: ${counts.join(' and ')} of ${seeds} seeds were run.`];
}

function impossibleWords({ before, after }: Rehearsal): string[] {
  if (before?.impossible !== undefined && before.impossible === after?.impossible)
    return [`Not rehearsed: ${before.impossible}.`];
  const side = (when: string, why: string | undefined) => (why === undefined ? [] : [`Not rehearsed ${when}: ${why}.`]);
  return [...side('before', before?.impossible), ...side('after', after?.impossible)];
}

function verdictWords({ runs, valid, invalid, unknown }: SideCounts): string {
  const found = [
    ['valid', valid],
    ['invalid', invalid],
    ['unknown', unknown],
  ] as const;
  const [only, ...others] = found.filter(([, count]) => count > 0);
  if (only === undefined) return 'nothing';
  if (others.length === 0) return `${only[0]} in all ${runs}`;
  return `${[only, ...others].map(([verdict, count]) => `${verdict} in ${count}`).join(', ')} of ${runs}`;
}

/** The runs that came to a verdict. */
export function judgedOf({ runs }: RehearsedSide): SweepRun[] {
  return runs.filter(({ error, valid }) => error === undefined && valid !== 'unknown');
}

/** How the runs of a side stand to the plan's `expect`; undefined where none came to a verdict. */
export function contradictionOf(side: RehearsedSide | undefined): 'none' | 'some' | 'all' | undefined {
  const judged = side === undefined ? [] : judgedOf(side);
  const against = judged.filter((run) => !run.as_expected).length;
  if (judged.length === 0) return undefined;
  if (against === 0) return 'none';
  return against === judged.length ? 'all' : 'some';
}

/** That the runs of the new plan contradict what it expects: a sentence; undefined where they do not. */
export function contradictionWords({ after }: Rehearsal): string | undefined {
  const found = contradictionOf(after);
  if (after === undefined || found === undefined || found === 'none') return undefined;
  const judged = judgedOf(after);
  const against = judged.filter((run) => !run.as_expected);
  const which = found === 'all' ? `all ${judged.length} seeds` : `${against.length} of ${judged.length} seeds`;
  const [first] = against;
  return `The plan expects ${after.expect}, but in the simulator ${which} came out ${first && verdictOf(first)} (seed ${first?.seed}, say).`;
}

/** Why the first seed came to no verdict: it may be all that a reviewer needs to see that the plan asks for too much. */
function unknownWords(when: string, { runs }: RehearsedSide): string[] {
  const first = runs.find((run) => run.error === undefined && run.valid === 'unknown');
  if (first === undefined || first.why.length === 0) return [];
  return [`Seed ${first.seed} came to no verdict ${when}: ${first.why.join('; ')}.`];
}

/** Different errors that are told. */
const ERRORS_MAX = 3;

function errorWords(when: string, { runs }: RehearsedSide): string[] {
  const errors = [...errorsOf(runs)];
  const shown = errors
    .slice(0, ERRORS_MAX)
    .map(([message, same]) => `${same.length} ended with an error ${when}: ${message}.`);
  return errors.length > ERRORS_MAX ? [...shown, `And ${errors.length - ERRORS_MAX} other errors ${when}.`] : shown;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
