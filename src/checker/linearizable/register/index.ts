/**
 * Decides whether the history of one register is linearizable, and where not, through which completion first.
 *
 * Distinct written values and no cas: zones (`zones.ts`), in O(n log n). Otherwise just-in-time linearization with rules that hold for registers
 * only (`search.ts`): linear in the calls, but exponential in how many overlap at worst; what random clients do takes a few hundred
 * configurations. Many calls that never completed are the hard case.
 */
import { Budget, Exhausted } from '../budget.ts';
import type { Call, Decision, Limits } from '../call.ts';
import { lastConfigurations } from './evidence.ts';
import { type Problem, prepare, type RegisterOptions } from './problem.ts';
import { type Checkpoint, Search } from './search.ts';
import { assignSlots } from './slots.ts';
import { distinctWrites, Zones } from './zones.ts';

export type { RegisterOptions } from './problem.ts';

/** Completions between two checkpoints, from which a search that failed is made again; or so many configurations left behind. */
const CHECKPOINT_RETURNS = 128;
const CHECKPOINT_WORK = 200_000;

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
  const { calls, returns } = problem;
  const slots = assignSlots(problem);
  let search: Search | undefined;
  let last: Checkpoint | undefined;
  let lastButOne: Checkpoint | undefined;
  let work = 0;
  try {
    search = new Search(problem, slots, new Budget(limits));
    while (search.returned < returns.length) {
      if (search.returned - (last?.returned ?? 0) >= CHECKPOINT_RETURNS || search.work - work >= CHECKPOINT_WORK) {
        lastButOne = last;
        last = search.checkpoint();
        work = search.work;
      }
      if (search.advance()) continue;
      const failing = calls[returns[search.returned] as number] as Call;
      const { most } = search;
      return {
        valid: false,
        failing,
        last: lastConfigurations(problem, slots, lastButOne, limits),
        configurations: most,
      };
    }
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error;
    const [stood, all] = [search?.returned ?? 0, returns.length].map((count) => count.toLocaleString('en'));
    return {
      valid: 'unknown',
      why: `${error.message}: it got through ${stood} of ${all} operations`,
      configurations: search?.most ?? 0,
    };
  }
  return { valid: true, configurations: search.most };
}
