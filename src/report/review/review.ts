import type { PlanSource, Problem } from '../../plan/index.ts';
import type { Change, Timeline } from '../../timeline/index.ts';
import type { SweepRun } from '../sweep.ts';

/** What a branch does to plans: the product of `plan-run review`, and all that its formats print. */
export interface Review {
  /** As it was named, and the commit that is compared with: the merge base. */
  readonly base: { readonly ref: string; readonly commit: string };
  /** Undefined: the working tree. */
  readonly head?: { readonly ref: string; readonly commit: string };
  /** In the order of their paths. */
  readonly plans: readonly PlanReview[];
}

/** What becomes of one plan (or inventory). */
export interface PlanReview {
  /** Path in the repository; of a deleted plan, the one that it had. */
  readonly file: string;
  /** The path that it had before, where that is another. */
  readonly was?: string;
  readonly status: 'added' | 'changed' | 'deleted';
  readonly kind: 'plan' | 'inventory';
  /** Problems of the new text; none of a deleted plan. */
  readonly problems: readonly Problem[];
  readonly source: PlanSource;
  /** What the new plan compiles to; undefined where a problem is an error, or of a deleted one. */
  readonly after?: Timeline;
  /** What the old plan compiled to. */
  readonly before?: Timeline;
  /** There where the old plan was refused: by how many errors. */
  readonly brokenBefore?: number;
  /** What changes in meaning; undefined where one of the two sides does not compile. Empty: nothing does. */
  readonly changes?: readonly Change[];
  /** What changes as the two are written, where `changes` cannot be told though both are YAML: their modules are not loaded. */
  readonly written?: readonly Change[];
  /** What else a reviewer must know: that modules were not loaded, that a link was not followed. A sentence each. */
  readonly notes: readonly string[];
  readonly rehearsal?: Rehearsal;
}

/** The same seeds in the simulator, before and after. */
export interface Rehearsal {
  /** How many were asked for. */
  readonly seeds: number;
  /** What was simulated: `Redis 7.0`. */
  readonly simulated?: string;
  readonly before?: RehearsedSide;
  readonly after?: RehearsedSide;
}

export interface RehearsedSide {
  readonly expect: 'valid' | 'invalid';
  /** Why it was not rehearsed: there is no model, say. Words without an end; then there are no runs. */
  readonly impossible?: string;
  /** By seed, ascending: fewer than asked for where the time ran out. */
  readonly runs: readonly SweepRun[];
}
