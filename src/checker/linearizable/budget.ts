import type { Limits } from './call.ts';

/** A thread that is past its time by so much has lost itself. */
const GRACE_MS = 1000;
/** Timers know no later time. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** What an engine has left to spend. It asks now and then, every few thousand steps: reading the clock costs more than a step. */
export class Budget {
  readonly #limits: Limits;
  readonly #begin: number;
  readonly #giveUp: number;
  #bytes = 0;

  constructor(limits: Limits) {
    const now = clock();
    this.#limits = limits;
    this.#begin = limits.since ?? now;
    this.#giveUp = Math.min(this.#begin + limits.timeMs, now + (limits.patienceMs ?? Number.POSITIVE_INFINITY));
  }

  /** The same limits for the rest: its time has begun already. */
  get left(): Limits {
    return { ...this.#limits, since: this.#begin };
  }

  /** One of so many parts, for a thread: it is ended by the signal, and sees none. */
  share(parts: number): Limits {
    const { signal: _, ...rest } = this.left;
    return { ...rest, memoryBytes: rest.memoryBytes / parts };
  }

  /** Whether there is time left. */
  get isLeft(): boolean {
    return clock() < this.#giveUp;
  }

  /** Aborted when the time has been over for a while, or nobody waits any more; the reason says so. */
  over(): AbortSignal {
    const { timeMs, signal } = this.#limits;
    const over = new AbortController();
    const end = (error: Exhausted) => () => over.abort(error);
    const leftMs = Math.ceil(Math.max(0, this.#giveUp - clock()) + GRACE_MS);
    AbortSignal.timeout(Math.min(leftMs, TIMER_MAX_MS)).addEventListener('abort', end(tooLate(timeMs)));
    signal?.addEventListener('abort', end(unwanted()), { once: true });
    if (signal?.aborted) over.abort(unwanted());
    return over.signal;
  }

  /** @throws Exhausted when the time is over, or nobody waits any more. */
  checkTime(): void {
    const { timeMs, signal } = this.#limits;
    if (signal?.aborted) throw unwanted();
    if (!this.isLeft) throw tooLate(timeMs);
  }

  /** Counts bytes that were taken, negative where they were given back. @throws Exhausted when these are too many. */
  take(bytes: number): void {
    this.#bytes += bytes;
    const { memoryBytes } = this.#limits;
    if (this.#bytes > memoryBytes) throw new Exhausted(`${memoryBytes / 1e6} MB were not enough`);
  }
}

/** The same limits once more, from now: a verdict that is certain is worth some evidence. */
export function anew({ since: _, patienceMs: __, ...limits }: Limits): Limits {
  return limits;
}

/** The message says what there was too little of, in words that go on from `no verdict: `. */
export class Exhausted extends Error {}

const unwanted = () => new Exhausted('nobody waited for it any more');
const tooLate = (timeMs: number) => new Exhausted(`${timeMs / 1000} s were not enough`);

/** Milliseconds, the same in every thread. */
function clock(): number {
  return performance.timeOrigin + performance.now();
}
