/**
 * Linearizability of small histories by trying every order, straight from the definition (Herlihy and Wing, Linearizability:
 * A Correctness Condition for Concurrent Objects, 1990, section 2). It shares nothing with the checkers, and is what they are held against.
 */
import type { Call } from '../../src/checker/linearizable/call.ts';

/** An object: how it begins, and what a call makes of it. */
export interface BruteModel<S = unknown> {
  readonly initial: S;
  /**
   * The state after a call that was told `output`, undefined where nobody knows what it would have been told; itself
   * undefined where the call cannot end like this in `state`.
   */
  step(state: S, f: string, input: unknown, output: unknown): S | undefined;
}

/**
 * The position in `calls`, which come as they were invoked and are 30 at most, of the first completion through which no
 * linearization exists; -1 where all of it has one. What was invoked by then and is open may have taken effect or not, and
 * what it was told is not known yet; with `foresight` it is, where it completes later.
 */
export function firstBad<S>(calls: readonly Call[], model: BruteModel<S>, foresight = false): number {
  if (isLinearizable(calls, Number.POSITIVE_INFINITY, model, foresight)) return -1;
  const completed = calls.map((_, i) => i).filter((i) => (calls[i] as Call).complete !== Number.POSITIVE_INFINITY);
  completed.sort((a, b) => (calls[a] as Call).complete - (calls[b] as Call).complete);
  const bad = completed.find((i) => !isLinearizable(calls, (calls[i] as Call).complete, model, foresight));
  return bad as number;
}

/** Whether the history up to the event at index `end`, included, is linearizable. Exponential in the number of calls. */
function isLinearizable<S>(calls: readonly Call[], end: number, model: BruteModel<S>, foresight: boolean): boolean {
  const count = calls.length;
  /** The calls that must be in the order, and by call those that must come before it. */
  let must = 0;
  const before = new Array<number>(count).fill(0);
  for (let i = 0; i < count; i++) {
    const { complete } = calls[i] as Call;
    if (complete > end || complete === Number.POSITIVE_INFINITY) continue;
    must |= 1 << i;
    for (let j = i + 1; j < count; j++)
      if ((calls[j] as Call).invoke > complete) before[j] = (before[j] as number) | (1 << i);
  }
  return search(0, model.initial);

  function search(done: number, state: S): boolean {
    if ((must & ~done) === 0) return true;
    for (let i = 0; i < count; i++) {
      const { f, input, output, invoke } = calls[i] as Call;
      if (invoke > end) break;
      if ((done >> i) & 1 || ((before[i] as number) & ~done) !== 0) continue;
      const told = foresight || (must >> i) & 1 ? output : undefined;
      const next = model.step(state, f, input, told);
      if (next !== undefined && search(done | (1 << i), next)) return true;
    }
    return false;
  }
}

/** A register with read, write and cas. `nilRead`: whether a read that gave null says that nothing was there, or nothing at all. */
export function bruteRegister(initial: unknown, nilRead: 'unknown' | 'absent'): BruteModel {
  return {
    initial,
    step(state, f, input, output) {
      if (f === 'write') return input;
      if (f === 'cas') {
        const [from, to] = input as [unknown, unknown];
        return from === state ? to : undefined;
      }
      const read = f === 'read-node' && output !== undefined ? (output as [unknown, unknown])[1] : output;
      return read === undefined || (read === null && nilRead === 'unknown') || read === state ? state : undefined;
    },
  };
}
