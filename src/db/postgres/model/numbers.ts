import type { Transaction } from './table.ts';

/** A row that is updated in place. */
export interface NumberRow {
  /** As the last transaction that is committed has left it. */
  value: number | null;
  /** That transaction; 0 where there was none. */
  xid: number;
  /** Who has updated it and is not committed yet: others wait for its end before they update it. */
  lockedBy: Transaction | undefined;
}

/** So many numbers of a sequence are logged ahead, so that not every one has to be (sequence.c, SEQ_LOG_VALS). */
const LOGGED_AHEAD = 32;

/** A sequence. No transaction that draws from it gives a number back. */
export class Sequence {
  /** Its last number, and up to where the log has it. */
  #last = 0;
  #logged = 0;

  /** The next number; `logs` is the one up to which the log must have it from now on, where it does not yet (nextval_internal). */
  next(): { readonly value: number; readonly logs: number | undefined } {
    const value = ++this.#last;
    if (value <= this.#logged) return { value, logs: undefined };
    this.#logged = value + LOGGED_AHEAD;
    return { value, logs: this.#logged };
  }

  /** What a crash leaves of it: it goes on behind what the log has. */
  redo(logged: number): void {
    this.#last = logged;
    this.#logged = logged;
  }
}
