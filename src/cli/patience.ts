import { PlanRunError } from '../base/errors.ts';

/** Longest wait for the checkers. */
const JUDGE_MS = 600_000;

/** How long a run waits for its checkers: a while from when judging begins, and until `signal` aborts. */
export class Patience {
  readonly #signal: AbortSignal;
  readonly #late = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Judging begins. Who has interrupted the run is not kept from its verdict by that. */
  begin(): AbortSignal {
    // The timer also keeps the process, where a checker waits for nothing that would.
    this.#timer = setTimeout(
      () => this.#late.abort(new PlanRunError('timeout', 'no verdict after 10 minutes')),
      JUDGE_MS,
    );
    return this.#signal.aborted ? this.#late.signal : AbortSignal.any([this.#late.signal, this.#signal]);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
