import type { Clock } from '../base/clock.ts';
import type { Secrets } from '../base/secrets.ts';
import type { Outcome } from '../contract/index.ts';
import { type Journal, NEMESIS } from '../history/index.ts';

/** Running totals of the clients' operations, for the live line. */
export interface Counts {
  invoked: number;
  ok: number;
  fail: number;
  info: number;
}

/** Writes operations to the journal with the environment's time, and keeps the running totals. */
export class Recorder {
  readonly counts: Counts = { invoked: 0, ok: 0, fail: 0, info: 0 };
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #secrets: Secrets;

  constructor(journal: Journal, clock: Clock, secrets: Secrets) {
    this.#journal = journal;
    this.#clock = clock;
    this.#secrets = secrets;
  }

  /** Records an invocation; `dueNs` is when an open-loop schedule wanted it. @returns its time. */
  invoke(process: number, f: string, value: unknown, dueNs?: number): number {
    const time = this.#clock.now();
    this.counts.invoked++;
    if (dueNs === undefined) this.#journal.append({ time, type: 'invoke', process, f, value });
    else this.#journal.append({ time, type: 'invoke', process, f, value, late: Math.max(0, time - dueNs) });
    return time;
  }

  /** Records the completion of what `process` invoked; an ok without a value repeats the invocation's. */
  complete(process: number, f: string, value: unknown, outcome: Outcome): void {
    const time = this.#clock.now();
    let { type } = outcome;
    if (outcome.type === 'ok') {
      try {
        this.#journal.append({ time, type, process, f, value: outcome.value === undefined ? value : outcome.value });
      } catch (thrown) {
        if (!(thrown instanceof TypeError)) throw thrown;
        type = 'info';
        this.#journal.append({ time, type, process, f, value, error: `the answer is not JSON: ${thrown.message}` });
      }
    } else {
      const error = this.#secrets.redact(outcome.error);
      this.#journal.append({ time, type, process, f, value, error });
    }
    this.counts[type]++;
  }

  /** Records what the nemesis begins or has done; as in Jepsen, both are `info`. */
  nemesis(f: string, value: unknown): void {
    this.#journal.append({ time: this.#clock.now(), type: 'info', process: NEMESIS, f, value });
  }
}
