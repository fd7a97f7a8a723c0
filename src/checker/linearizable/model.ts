import type { Call } from './call.ts';

/**
 * A sequential object: what a call does to its state, and what it may answer there (Herlihy & Wing 1990, Linearizability,
 * section 2.2: a sequential specification). States are immutable.
 *
 * The optional parts are facts that spare the search work. Each must hold in every state, or verdicts become wrong: the
 * brute force of the tests, which uses `step` alone, is held against them.
 */
export interface Model<State = unknown> {
  readonly name: string;
  readonly initial: State;
  /**
   * A history's call as the model takes it: without what does not matter (what a write was answered), so that calls that
   * do the same are equal; none where it says and does nothing (a read that crashed); several where it stands for several.
   * @throws Odd where the model does not know the operation, or its value has another shape.
   */
  accept(call: Call): readonly Call[];
  /** The state after the call; undefined where the call cannot have ended like this. */
  step(state: State, call: Call): State | undefined;
  /** Equal states have equal keys, others have not. */
  key(state: State): string | number;
  /** The state in words: `3`, `held`. */
  tell(state: State): string;
  /** What the call would have needed: `the register to be 3`. */
  needs(call: Call): string;
  /** Whether it only looks: it never changes the state. */
  looks(call: Call): boolean;
  /**
   * Whether the order of two calls never matters: in every state where both are possible, either order is, and both give
   * the same state. Without it: only for two that look.
   */
  commute?(a: Call, b: Call): boolean;
  /**
   * Of calls that change something: whether `other` belongs to those of which one at least must take effect before `call`,
   * impossible in `state`, becomes possible. Without it: all of them.
   */
  helps?(state: State, call: Call, other: Call): boolean;
  /**
   * Whether `call` is impossible from `state` on, whichever of the calls it has accepted take effect that complete at `now`, an
   * index, or later. Without it: nobody knows.
   */
  hopeless?(state: State, call: Call, now: number): boolean;
  /**
   * Whether it is the one state in which no look is possible, and from which all ways to one that allows any go through a call that leads
   * to the same state from everywhere; for a model that is `free`. Then every other state is as good.
   */
  unseen?(state: State): boolean;
  /** Calls that change something are possible in every state. */
  readonly free?: true;
  /** It matters who calls: equal calls of two processes are not the same. */
  readonly byProcess?: true;
}

/** What a user may say about a model. */
export interface ModelOptions {
  /** The state it begins in, as JSON; undefined: as usual for the model. */
  readonly initial: unknown;
  /** What an ok read of null says: `absent`, that nothing is there; `unknown`, nothing. */
  readonly nilRead: 'unknown' | 'absent';
  /** A process may acquire again what it holds. */
  readonly reentrant: boolean;
  /** How many may hold a semaphore at a time. */
  readonly permits: number;
}

/** An operation that a model cannot judge: then nothing can be said about the object. */
export class Odd extends Error {
  override name = 'Odd';
}

/** @throws Odd, with the operation in words. */
export function odd(call: Call, problem: string): never {
  const at = call.complete === Number.POSITIVE_INFINITY ? call.invoke : call.complete;
  throw new Odd(`${call.f} (operation ${at}) ${problem}`);
}

export function unknownOperation(call: Call, model: string, known: readonly string[]): never {
  return odd(call, `is no operation of the model ${model}, which knows ${known.join(', ')}`);
}

/** Whether nobody was told how the call ended. */
export function crashed(call: Call): boolean {
  return call.complete === Number.POSITIVE_INFINITY;
}

/** Equal JSON values, equal texts; undefined is null. */
export function textOf(value: unknown): string {
  return JSON.stringify(value ?? null);
}
