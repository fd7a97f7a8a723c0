/** A sweep for a person. */
import { printable } from '../base/printable.ts';
import { formatSeeds } from '../base/seeds.ts';
import { distributionLines, formatNumber, formatShare } from './distribution.ts';
import {
  type Combination,
  errorsOf,
  measuredOf,
  type Notable,
  notablesOf,
  progressOf,
  type Sweep,
  type SweepRun,
  VERDICTS,
  verdictsOf,
} from './sweep.ts';
import { shortOf, tableLines } from './sweep-table.ts';
import { verdict } from './text.ts';

/** Verdicts, distributions and seeds of one plan, or the table of what was varied. A text that ends in a newline. */
export function sweepText(sweep: Sweep): string {
  const { combinations, paths } = sweep;
  const lines = [headline(sweep)];
  if (progressOf(sweep).done > 0) {
    const [only] = combinations;
    const body = paths.length === 0 ? plainLines(only as Combination) : tableLines(sweep);
    lines.push('', ...body, ...seedLines(sweep));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function headline(sweep: Sweep): string {
  const { plan, seeds, environment, simulated, combinations } = sweep;
  const { done, planned } = progressOf(sweep);
  const short = done < planned ? `interrupted after ${done} of ` : '';
  const times = combinations.length === 1 ? '' : ` for each of ${combinations.length} combinations`;
  const where = `${environment}: a simulation of ${simulated.join(', ')}`;
  return `${plan}: ${short}${planned} runs, seeds ${formatSeeds(seeds)}${times}  (${where})`;
}

function plainLines({ runs, expect }: Combination): string[] {
  const measured = runs.filter(({ error }) => error === undefined);
  return [
    ...verdictLines(runs, expect),
    '',
    ...distributionLines(measuredOf(measured).filter(isTold), measured.length),
    '',
  ];
}

/** The greatest latency of each phase is the timeout, or near it, and the count says what the faults' lengths do. */
const isTold = ({ name }: { name: string }) => !/^latency_by_phase_ms\.\w+\.(max|count)$/.test(name);

function verdictLines(runs: readonly SweepRun[], expect: 'valid' | 'invalid'): string[] {
  const shares = verdictsOf(runs);
  const lines = VERDICTS.map((verdict) => {
    const { count, share, low, high } = shares[verdict];
    const interval = `${formatShare(low)} to ${formatShare(high)}`;
    const cells = [verdict.padEnd(8), String(count).padStart(6), formatShare(share).padStart(8), interval.padStart(20)];
    return `${cells.join('  ')}${verdict === expect ? '  as expected' : ''}`;
  });
  return [`${'verdict'.padEnd(8)}    runs     share   95% interval`, ...lines];
}

/** The seeds worth looking at, each with the command that repeats it, then what ended runs before their time. */
function seedLines({ combinations, paths }: Sweep): string[] {
  const varied = paths.length > 0;
  const where = ({ values }: Combination) =>
    paths.map((path, at) => `${shortOf(path, paths)}=${values[at]}, `).join('');
  const notable = combinations.flatMap((one) =>
    notesOf(one, varied).flatMap(({ words, seed }) => [
      `    ${printable(`${where(one)}seed ${seed}: ${words}`)}`,
      `        ${one.again(seed)}`,
    ]),
  );
  const errors = combinations.flatMap((one) =>
    [...errorsOf(one.runs)].flatMap(([message, same]) => {
      const seeds = same.map(({ seed }) => seed);
      return [
        `    ${printable(`${where(one)}seed ${formatSeeds(seeds)}: ${message}`)}`,
        `        ${one.again(seeds[0] as number)}`,
      ];
    }),
  );
  return [
    ...(notable.length === 0 ? [] : ['worth looking at:', ...notable, '']),
    ...(errors.length === 0 ? [] : ['ended before their time:', ...errors, '']),
  ];
}

/** A seed that is notable for several reasons is told once. */
function notesOf({ runs, expect }: Combination, varied: boolean): { words: string; seed: number }[] {
  const bySeed = new Map<number, string[]>();
  for (const notable of notablesOf(runs, varied)) {
    const { seed } = notable.run;
    bySeed.set(seed, [...(bySeed.get(seed) ?? []), wordsOf(notable, varied ? undefined : expect)]);
  }
  return [...bySeed].map(([seed, words]) => ({ words: words.join('; '), seed }));
}

/** Without a verdict that was expected there is nothing to explain about one that is invalid. */
function wordsOf({ reason, run, most }: Notable, expect: 'valid' | 'invalid' | undefined): string {
  if (most !== undefined) return `the worst, ${most.name} ${formatNumber(most.value)}`;
  if (reason === 'first_failing' && expect === undefined) return 'the first invalid';
  const what = reason === 'first_unknown' || expect === undefined ? 'unknown' : verdict({ ...run, expect });
  const [why] = run.why;
  return `the first ${reason === 'first_unknown' ? '' : 'failing: '}${what}${why === undefined ? '' : ` (${why})`}`;
}
