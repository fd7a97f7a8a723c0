/**
 * Rules that look at the schedule: what happens when, to whom, at once with what. A file per rule; each takes the
 * timeline and yields problems at the places in the plan that the faults come from. The sentences are in
 * `src/plan/rules.ts`.
 */
import type { Plan, Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { emptySide } from './empty-side.ts';
import { faultAfterWorkload } from './fault-after-workload.ts';
import { faultNeverUndone } from './fault-never-undone.ts';
import { faultOutlivesWorkload } from './fault-outlives-workload.ts';
import { faultShorterThanTimeout } from './fault-shorter-than-timeout.ts';
import { faultsWithoutRate } from './faults-without-rate.ts';
import { noMajority } from './no-majority.ts';
import { overlappingFault } from './overlapping-fault.ts';
import { requireOutOfReach } from './require-out-of-reach.ts';
import { targetKilled } from './target-killed.ts';
import { isWithin } from './windows.ts';

type Rule = (timeline: Timeline, plan: Plan) => Iterable<Problem>;

const rules: readonly Rule[] = [
  emptySide,
  overlappingFault,
  faultAfterWorkload,
  targetKilled,
  faultNeverUndone,
  faultOutlivesWorkload,
  noMajority,
  faultShorterThanTimeout,
  faultsWithoutRate,
  requireOutOfReach,
];

/**
 * What is wrong with a plan's schedule, in the order of the text. A fault that happens again and again is named
 * once a rule. Costs the number of faults times how many are in force at once.
 */
export function lint(timeline: Timeline, plan: Plan): Problem[] {
  const seen = new Set<string>();
  const problems = rules
    .flatMap((rule) => [...rule(timeline, plan)])
    .filter(({ rule, path }) => !seen.has(`${rule} ${path}`) && seen.add(`${rule} ${path}`));
  const sorted = problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return sorted.map((problem) => ({ ...problem, ...overrideOf(problem, timeline) }));
}

/** What the command line changed of the fault that a problem is about. */
function overrideOf({ path }: Problem, { overrides = [] }: Timeline): { override?: string } {
  const item = /^\w+(\[\d+\])?/.exec(path)?.[0] ?? '';
  const changed = overrides.filter((one) => isWithin(one.path, item) || isWithin(item, one.path));
  return changed.length === 0 ? {} : { override: changed.map(({ argument }) => argument).join(' ') };
}
