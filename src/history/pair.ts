import type { Op } from './op.ts';
import type { History } from './read.ts';

/** An invocation with its completion; without one where the run ended first, which is as good as `info`. */
export interface Completed {
  readonly invoke: Op;
  readonly completion?: Op;
}

/**
 * Pairs the clients' invocations with their completions, in the order of completion; those that never
 * completed come last, in the order of invocation. The nemesis's operations are left out.
 */
export function pairs(history: History): Iterable<Completed> {
  return { [Symbol.iterator]: () => new Pairs(history.ops()[Symbol.iterator]()) };
}

/** No generator, as the reader of files is none: for the time each step takes. */
class Pairs implements Iterator<Completed> {
  readonly #ops: Iterator<Op>;
  /** A process that has completed stays, without an operation: taking it out each time would take longer than all else. */
  readonly #open = new Map<number, Op | undefined>();
  #left: Op[] | undefined;

  constructor(ops: Iterator<Op>) {
    this.#ops = ops;
  }

  next(): IteratorResult<Completed> {
    while (this.#left === undefined) {
      const { done, value: op } = this.#ops.next();
      if (done) break;
      if (typeof op.process !== 'number') continue;
      if (op.type === 'invoke') this.#open.set(op.process, op);
      else {
        const invoke = this.#open.get(op.process);
        if (invoke === undefined) continue;
        this.#open.set(op.process, undefined);
        return { done: false, value: { invoke, completion: op } };
      }
    }
    this.#left ??= [...this.#open.values()].filter((op) => op !== undefined).sort((a, b) => b.index - a.index);
    const invoke = this.#left.pop();
    return invoke === undefined ? { done: true, value: undefined } : { done: false, value: { invoke } };
  }

  return(): IteratorResult<Completed> {
    this.#ops.return?.();
    return { done: true, value: undefined };
  }
}
