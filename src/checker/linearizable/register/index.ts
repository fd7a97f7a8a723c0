/**
 * Decides whether the history of one register is linearizable, and where not, through which completion first.
 *
 * Distinct written values and no cas: zones (`zones.ts`), in O(n log n). Otherwise just-in-time linearization with rules that hold for registers
 * only (`search.ts`): linear in the calls, but exponential in how many overlap at worst; what random clients do takes a few hundred
 * configurations. Where many calls never completed, bounds decide nearly always (`bounds.ts`).
 */
import { Budget, Exhausted } from '../budget.ts';
import type { Call, Decision, Limits } from '../call.ts';
import { decideByBounds } from './bounds.ts';
import { Course } from './course.ts';
import { IGNORED, type Problem, prepare, type RegisterOptions } from './problem.ts';
import type { Checkpoint } from './search.ts';
import { assignSlots, type Slots } from './slots.ts';
import { distinctWrites, Zones } from './zones.ts';

export type { RegisterOptions } from './problem.ts';

/** With more configurations than these, it is tried whether bounds decide. They go on from few: with little used, there nearly always is a way. */
const MANY = 1000;
const NARROW = 4;

/**
 * `calls` in order of invocation, those that failed left out. `f` is `read` (output: the value), `read-node` (output: [node, value]; a read like
 * any other), `write` (input: the value) or `cas` (input: [old, new]). Values are equal as JSON is. What it cannot read is unknown.
 * The limits hold for the verdict; showing the last configurations may take as much again, and none are shown where that is not enough.
 */
export function decideRegister(calls: readonly Call[], options: RegisterOptions, limits: Limits): Decision {
  const problem = prepare(calls, options);
  if (typeof problem === 'string') return { valid: 'unknown', why: problem, configurations: 0 };
  const writes = distinctWrites(problem);
  return writes === undefined ? bySearch(problem, limits) : byZones(problem, writes);
}

function byZones(problem: Problem, writes: Int32Array): Decision {
  const zones = new Zones(problem, writes);
  const fitting = zones.fitting();
  if (fitting === problem.returns.length) return { valid: true, configurations: 1 };
  const failing = problem.calls[problem.returns[fitting] as number] as Call;
  return { valid: false, failing, last: zones.configurations(fitting), configurations: 1 };
}

function bySearch(problem: Problem, limits: Limits): Decision {
  const { kind, complete, returns } = problem;
  const slots = assignSlots(problem);
  const budget = new Budget(limits);
  const lasts = complete.some((time, i) => time === Number.POSITIVE_INFINITY && kind[i] !== IGNORED);
  let many = lasts ? MANY : Number.POSITIVE_INFINITY;
  let narrow = NARROW;
  let course: Course | undefined;
  try {
    course = new Course(problem, slots, budget.left);
    const { search } = course;
    while (course.advance()) {
      if (search.current.alive <= many) continue;
      const decision = tryBounds(problem, slots, budget, { from: search.checkpoint(), narrow });
      if (decision !== undefined) return decision;
      many *= 4;
      narrow *= 4;
    }
    return course.decision();
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error;
    const [stood, all] = [course?.search.returned ?? 0, returns.length].map((count) => count.toLocaleString('en'));
    return {
      valid: 'unknown',
      why: `${error.message}: it got through ${stood} of ${all} operations`,
      configurations: course?.search.most ?? 0,
    };
  }
}

/** They may take a quarter of the time at a time, and as much memory as the search itself: where that is not enough it goes on. */
function tryBounds(
  problem: Problem,
  slots: Slots,
  budget: Budget,
  begin: { readonly from: Checkpoint; readonly narrow: number },
): Decision | undefined {
  const { left } = budget;
  const patienceMs = Math.min(left.patienceMs ?? Number.POSITIVE_INFINITY, left.timeMs / 4);
  try {
    return decideByBounds(problem, slots, { ...left, patienceMs }, begin);
  } catch (error) {
    if (error instanceof Exhausted && budget.isLeft) return undefined;
    throw error;
  }
}
