/**
 * Both sides of changed plans in the simulator, under the same seeds: on all cores, a seed of every plan after the other, so
 * that whatever ends it leaves all of them about as many.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlanRunError } from '../../base/errors.ts';
import type { Registry } from '../../contract/index.ts';
import { makeRealClock } from '../../env/index.ts';
import { simulatedOf } from '../../executor/index.ts';
import type { PlanFile } from '../../plan/index.ts';
import type { PlanReview, Rehearsal, RehearsedSide, SweepRun } from '../../report/index.ts';
import type { Timeline } from '../../timeline/index.ts';
import { validatePlan } from '../../timeline/validate.ts';
import { listen } from '../ending.ts';
import { handOut, makeHands } from '../sweep/hand-out.ts';
import type { Sweeping, Task, Variant } from '../sweep/one.ts';
import { SweepProgress } from '../sweep/progress.ts';
import type { Reviewed } from './plans.ts';

/** A plan with more is a stress test, not something to try fifty times. */
const OPERATIONS_MAX = 200_000;

export interface Rehearsing {
  /** Ascending, each once. */
  readonly seeds: readonly number[];
  /** Longest time for all of them. */
  readonly timeMs: number;
}

/** One side: what is run, or why it cannot be. */
interface Cast {
  readonly expect: 'valid' | 'invalid';
  readonly simulated?: string | undefined;
  readonly impossible?: string;
  /** Index into the variants. */
  readonly variant?: number;
}

/** The plans with what came of them; `interrupted`: by Ctrl-C. */
export async function rehearse(
  reviewed: readonly Reviewed[],
  registry: Registry,
  { seeds, timeMs }: Rehearsing,
): Promise<{ readonly reviewed: Reviewed[]; readonly interrupted: boolean }> {
  const environment = [...registry.environments.values()].find(({ simulated }) => simulated === true)?.name;
  if (environment === undefined) throw new PlanRunError('bug', 'no environment is a simulation');
  const variants: Variant[] = [];
  const cast = (given: PlanFile | undefined, timeline: Timeline | undefined): Cast | undefined => {
    if (given === undefined || timeline === undefined) return undefined;
    const found = castOf(given, timeline, environment, registry);
    if (found.impossible !== undefined) return found;
    variants.push({ given, set: [] });
    return { ...found, variant: variants.length - 1 };
  };
  const casts = reviewed.map(({ review, before, after }) =>
    isRehearsed(review) ? { before: cast(before, review.before), after: cast(after, review.after) } : undefined,
  );
  const { runs, interrupted } = await runAll(variants, environment, seeds, timeMs);
  const side = (one: Cast): RehearsedSide => ({
    expect: one.expect,
    ...(one.impossible === undefined ? {} : { impossible: one.impossible }),
    runs: one.variant === undefined ? [] : (runs[one.variant] ?? []).toSorted((a, b) => a.seed - b.seed),
  });
  return {
    interrupted,
    reviewed: reviewed.map((one, at) => {
      const { before, after } = casts[at] ?? {};
      if (after === undefined) return one;
      const simulated = after.simulated ?? before?.simulated;
      const rehearsal: Rehearsal = {
        seeds: seeds.length,
        ...(simulated === undefined ? {} : { simulated }),
        ...(before === undefined ? {} : { before: side(before) }),
        after: side(after),
      };
      return { ...one, review: { ...one.review, rehearsal } };
    }),
  };
}

/** What means the same comes to the same. */
function isRehearsed({ kind, status, changes }: PlanReview): boolean {
  return kind === 'plan' && status !== 'deleted' && (changes === undefined || changes.length > 0);
}

/** Whether a side can be simulated, wherever its plan runs. */
function castOf(given: PlanFile, { expect }: Timeline, environment: string, registry: Registry): Cast {
  const { ready, problems } = validatePlan(given, registry, { environment });
  if (ready === undefined) {
    const wrong = problems.find(({ severity }) => severity === 'error');
    return { expect, impossible: wrong?.message ?? 'it is refused' };
  }
  const { timeline } = ready;
  const { count } = timeline.workload;
  const simulated = simulatedOf(timeline, registry) ?? undefined;
  if (count <= OPERATIONS_MAX) return { expect, simulated };
  const [has, most] = [count, OPERATIONS_MAX].map((number) => number.toLocaleString('en'));
  return { expect, simulated, impossible: `it has ${has} operations, and at most ${most} are rehearsed` };
}

async function runAll(variants: readonly Variant[], env: string, seeds: readonly number[], timeMs: number) {
  const runs = variants.map((): SweepRun[] => []);
  if (variants.length === 0) return { runs, interrupted: false };
  const tasks = seeds.flatMap((seed) => variants.map((_, combination): Task => ({ combination, seed })));
  const stop = new AbortController();
  const release = listen(stop);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeMs);
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-review-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const sweeping: Sweeping = { variants, env, allowModules: false, strange: true, hash: false, folder };
  const progress = new SweepProgress(tasks.length, makeRealClock(), process.stderr);
  const signal = AbortSignal.any([stop.signal, late.signal]);
  try {
    const hands = makeHands(Math.min(availableParallelism(), tasks.length), sweeping, signal);
    await handOut(tasks, hands, signal, ({ combination }, run) => {
      runs[combination]?.push(run);
      progress.add();
    });
  } finally {
    progress.end();
    clearTimeout(timer);
    release();
    process.off('exit', remove);
    remove();
  }
  return { runs, interrupted: stop.signal.aborted };
}
