import type { Limits } from './call.ts';

/** What an engine has left to spend. It asks now and then, every few thousand steps: reading the clock costs more than a step. */
export class Budget {
  readonly #limits: Limits;
  readonly #begin: number;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#begin = limits.since ?? performance.now();
  }

  /** The same limits for the rest: its time has begun already. */
  get left(): Limits {
    return { ...this.#limits, since: this.#begin };
  }

  /** @throws Exhausted when the time is over, or nobody waits any more. */
  checkTime(): void {
    const { timeMs, signal } = this.#limits;
    if (signal?.aborted) throw new Exhausted('nobody waited for it any more');
    if (performance.now() - this.#begin > timeMs) throw new Exhausted(`${timeMs / 1000} s were not enough`);
  }

  /** Counts bytes that were taken, negative where they were given back. @throws Exhausted when these are too many. */
  take(bytes: number): void {
    this.#bytes += bytes;
    const { memoryBytes } = this.#limits;
    if (this.#bytes > memoryBytes) throw new Exhausted(`${memoryBytes / 1e6} MB were not enough`);
  }
}

/** The same limits once more, from now: a verdict that is certain is worth some evidence. */
export function anew({ since: _, ...limits }: Limits): Limits {
  return limits;
}

/** The message says what there was too little of, in words that go on from `no verdict: `. */
export class Exhausted extends Error {}
