import type { Transaction } from './table.ts';
import type { NumberChange } from './wire.ts';

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

/** Registers, the counter and the like, each a row with a number; and the sequence of the ids. */
export class Numbers {
  readonly #rows = new Map<string, NumberRow>();
  /** The sequence's last number, and up to where the log has it. */
  #last = 0;
  #logged = 0;

  row(name: string): NumberRow {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const row: NumberRow = { value: null, xid: 0, lockedBy: undefined };
    this.#rows.set(name, row);
    return row;
  }

  /** The next number; `logs` is the one up to which the log must have it from now on, where it does not yet (nextval_internal). */
  next(): { readonly value: number; readonly logs: number | undefined } {
    const value = ++this.#last;
    if (value <= this.#logged) return { value, logs: undefined };
    this.#logged = value + LOGGED_AHEAD;
    return { value, logs: this.#logged };
  }

  /** What a crash leaves of the sequence: it goes on behind what the log has. */
  redo(logged: number): void {
    this.#last = logged;
    this.#logged = logged;
  }
}

/** What a row holds after the update; undefined where the update finds no row that it is for. */
export function updated(value: number | null, change: NumberChange): number | undefined {
  if ('set' in change) return change.set;
  if ('add' in change) return (value ?? 0) + change.add;
  return value === change.from ? change.to : undefined;
}
