/**
 * `plan-run review`: what a branch does to plans, for whoever decides about it. Only git is run, and only texts are read:
 * neither modules nor any other code of the branch.
 */
import { EXIT } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import type { Review } from '../report/index.ts';
import { contradictionOf } from '../report/review/rehearsal.ts';
import { outliveOutput, worst } from './ending.ts';
import { makeRegistry } from './registry.ts';
import { changedFiles } from './review/changed-files.ts';
import { withNamedFiles } from './review/named-files.ts';
import { disarmed, type Output, printed, type ReviewFormat, writeOutput } from './review/outputs.ts';
import { reviewPlans } from './review/plans.ts';
import { openRepository, sidesOf } from './review/repository.ts';
import { hasErrors } from './review/side.ts';
import { isColored } from './validate.ts';

export interface ReviewOptions {
  readonly base?: string;
  readonly head?: string;
  readonly rehearse?: boolean;
  /** Ascending, each once. */
  readonly seeds: readonly number[];
  /** Longest time for all rehearsals. */
  readonly timeMs: number;
  readonly format: ReviewFormat;
  readonly output?: readonly Output[];
  /** Of plan-run. */
  readonly version: string;
}

/** Compares, prints and writes. @returns the exit code. @throws PlanRunError where there is nothing to compare. */
export async function reviewCommand(paths: readonly string[], options: ReviewOptions): Promise<number> {
  outliveOutput();
  const registry = makeRegistry();
  const repository = await openRepository(process.cwd());
  const sides = await sidesOf(repository, options);
  const changed = await changedFiles(repository, sides, paths);
  const read = await reviewPlans(repository, changed, registry);
  const whole = await withNamedFiles(read, repository, sides, changed, registry);
  const { seeds, timeMs } = options;
  const { reviewed, interrupted } = options.rehearse
    ? await (await import('./review/rehearse.ts')).rehearse(whole, registry, { seeds, timeMs })
    : { reviewed: whole, interrupted: false };
  const { base, head, note } = sides;
  const plans = reviewed.map(({ review }) => review).sort(({ file: a }, { file: b }) => (a < b ? -1 : a > b ? 1 : 0));
  const review: Review = { base, ...(head === undefined ? {} : { head }), plans };
  if (note !== undefined) process.stderr.write(`note: ${printable(note)}\n`);
  if (paths.length > 0 && plans.length === 0) {
    process.stderr.write(`note: nothing that differs is a plan and among ${paths.map(printable).join(' ')}\n`);
  }
  await tell(review, repository.top, options);
  return exitCode(review, interrupted);
}

async function tell(review: Review, top: string | undefined, options: ReviewOptions): Promise<void> {
  const { format, output = [], version } = options;
  for (const { format: other, file } of output) {
    writeOutput(file, await printed(review, other, { color: false, version }), top);
  }
  const text = await printed(review, format, { color: isColored(process.stdout), version });
  process.stdout.write(process.env.GITHUB_ACTIONS === 'true' ? disarmed(text, format) : text);
}

function exitCode({ plans }: Review, interrupted: boolean): number {
  const codes = plans.flatMap(({ problems, rehearsal }) => [
    ...(hasErrors(problems) ? [EXIT.refused] : []),
    ...(contradictionOf(rehearsal?.after) === 'all' ? [EXIT.unexpected] : []),
  ]);
  return worst(interrupted ? [...codes, EXIT.interrupted] : codes);
}
