import { anew, Budget, Exhausted } from '../budget.ts';
import type { Call, Configuration, Decision, Limits } from '../call.ts';
import { crashed, type Model } from '../model.ts';
import { makeSchedule, type Schedule } from './schedule.ts';
import { Search } from './search.ts';

/** So many of the last configurations are shown, with so many calls before the one that fails. */
const SHOWN = 10;
const TRACED = 400;

/**
 * Whether the calls on one object are linearizable (Herlihy & Wing 1990, section 2.3), by any model. Each call counts with
 * what it was told, though that be later than the completion in question: what an open dequeue is going to give, it takes.
 * Calls that crashed may take effect at any later time, or never. Exponential in the number of open calls at worst; linear
 * in their number where few are open at a time.
 */
export function decide(accepted: readonly Call[], model: Model, limits: Limits): Decision {
  const schedule = makeSchedule(accepted, model);
  const search = new Search(schedule, model, { horizon: Number.MAX_SAFE_INTEGER, budget: new Budget(limits) });
  const outcome = exhausted(() => search.run());
  const configurations = search.peak;
  if (outcome instanceof Exhausted) {
    const all = schedule.calls.filter((call) => !crashed(call)).length;
    const why = `${outcome.message}: linearizable up to completion ${search.completed} of ${all}`;
    return { valid: 'unknown', why, configurations };
  }
  if (outcome.end === 'through') return { valid: true, configurations };
  const stuck = schedule.calls[outcome.call]!;
  const spent = anew(limits);
  const first = model.hopeless ? firstFailing(schedule, model, spent, stuck, search.seenUntil) : { failing: stuck };
  return { valid: false, ...first, last: lastBefore(first.failing, schedule, model, spent), configurations };
}

/**
 * A search that looks ahead ends early: the first completion that does not fit is `stuck`'s, or one of those that it has
 * seen. A history is as linearizable as its prefixes: bisected by how far the search may see. Where that takes too long,
 * what is found is a later completion: the history up to it is not linearizable either.
 */
function firstFailing(
  schedule: Schedule,
  model: Model,
  limits: Limits,
  stuck: Call,
  seenUntil: number,
): { failing: Call; perhapsEarlier?: true } {
  const candidates = schedule.calls.filter(({ complete }) => complete >= stuck.complete && complete <= seenUntil);
  candidates.sort((a, b) => a.complete - b.complete);
  const budget = new Budget(limits);
  let gaveUp = false;
  let [low, high] = [0, candidates.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const horizon = candidates[middle]!.complete;
    const outcome = exhausted(() => new Search(schedule, model, { horizon, budget }).run());
    gaveUp ||= outcome instanceof Exhausted;
    if (!(outcome instanceof Exhausted) && outcome.end === 'stuck') high = middle;
    else low = middle + 1;
  }
  return { failing: candidates[high]!, ...(gaveUp && { perhapsEarlier: true }) };
}

/** None where there is no time left for it. */
function lastBefore(failing: Call, schedule: Schedule, model: Model, limits: Limits): readonly Configuration[] {
  const traceFrom = schedule.calls.indexOf(failing) - TRACED;
  const horizon = Math.max(failing.invoke, failing.complete - 1);
  const search = new Search(schedule, model, { horizon, budget: new Budget(limits), traceFrom });
  return exhausted(() => search.run()) instanceof Exhausted ? [] : search.configurations(SHOWN);
}

function exhausted<T>(run: () => T): T | Exhausted {
  try {
    return run();
  } catch (error) {
    if (error instanceof Exhausted) return error;
    throw error;
  }
}
