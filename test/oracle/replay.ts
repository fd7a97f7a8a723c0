import type { Call, Configuration } from '../../src/checker/linearizable/call.ts';
import type { BruteModel } from './brute.ts';

/**
 * What is wrong with a configuration that is said to be one just before `failing` completed; undefined where it is one: each call
 * can follow those before it, none had to come earlier, none that had completed is missing, and those open are where they are said to be.
 */
export function wrongWith<S>(
  calls: readonly Call[],
  failing: Call,
  { state, linearized, pending }: Configuration,
  model: BruteModel<S>,
): string | undefined {
  const end = failing.complete;
  const at = new Map(linearized.map((call, place) => [call, place]));
  if (at.size < linearized.length) return 'one takes effect twice';
  let now: S | undefined = model.initial;
  for (const { f, input, output, invoke, complete } of linearized) {
    if (invoke >= end) return `${invoke} was not invoked yet`;
    now = model.step(now, f, input, complete < end ? output : undefined);
    if (now === undefined) return `${invoke} cannot come there`;
  }
  if (JSON.stringify(now) !== JSON.stringify(state)) return `the state is ${JSON.stringify(now)}`;
  for (let k = 0; k < linearized.length; k++) {
    const later = linearized.slice(k + 1).find(({ complete }) => complete < (linearized[k] as Call).invoke);
    if (later !== undefined)
      return `${later.invoke} had completed before ${(linearized[k] as Call).invoke} was invoked`;
  }
  for (const call of calls) {
    if (call.invoke >= end) continue;
    if (call.complete < end && !at.has(call)) return `${call.invoke} is missing`;
    const isOpen = call.complete >= end && !at.has(call);
    if (pending.includes(call) !== isOpen) return `${call.invoke} is ${isOpen ? 'open' : 'not open'}`;
  }
  return at.has(failing) ? 'the failing one has taken effect' : undefined;
}
