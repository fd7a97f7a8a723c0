import type { Timer } from '../../../contract/index.ts';
import type { Entry } from './oplog.ts';
import type { Concern } from './wire.ts';

/** How a write's wait has ended: its concern is satisfied, its time is up, or its server is no primary any more. */
export type WaitEnd = 'satisfied' | 'timeout' | 'stepped-down';

interface Waiter {
  readonly entry: Entry;
  readonly concern: Concern;
  done(end: WaitEnd): void;
  timer: Timer | undefined;
}

/** The writes that wait for other members. */
export class Waiters {
  readonly #isSatisfied: (entry: Entry, concern: Concern) => boolean;
  readonly #after: (ms: number, work: () => void) => Timer;
  #waiting = new Set<Waiter>();

  constructor(
    isSatisfied: (entry: Entry, concern: Concern) => boolean,
    after: (ms: number, work: () => void) => Timer,
  ) {
    this.#isSatisfied = isSatisfied;
    this.#after = after;
  }

  /** Calls `done` once, at once where nothing is missing. @returns who stops waiting. */
  wait(entry: Entry, concern: Concern, done: (end: WaitEnd) => void): () => void {
    if (this.#isSatisfied(entry, concern)) {
      done('satisfied');
      return () => {};
    }
    const waiter: Waiter = { entry, concern, done, timer: undefined };
    this.#waiting.add(waiter);
    if (concern.timeoutMs !== undefined) {
      waiter.timer = this.#after(concern.timeoutMs, () => this.#end(waiter, 'timeout'));
    }
    return () => this.#forget(waiter);
  }

  /** Some member has come further. */
  look(): void {
    for (const waiter of this.#waiting) {
      if (this.#isSatisfied(waiter.entry, waiter.concern)) this.#end(waiter, 'satisfied');
    }
  }

  /** This member is no primary any more. */
  endAll(): void {
    for (const waiter of this.#waiting) this.#end(waiter, 'stepped-down');
  }

  #end(waiter: Waiter, end: WaitEnd): void {
    this.#forget(waiter);
    waiter.done(end);
  }

  #forget(waiter: Waiter): void {
    waiter.timer?.cancel();
    this.#waiting.delete(waiter);
  }
}
