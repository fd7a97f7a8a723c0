import { assert } from '../../../base/assert.ts';

/** A transaction: its rows are there for others when it has ended. None is ever rolled back but by a crash. */
export interface Transaction {
  readonly xid: number;
  committed: boolean;
  /** Who waits for its end (XactLockTableWait). */
  readonly waiting: (() => void)[];
}

/** `element` is null in a fence: a row that stands for a transaction which is never to take place. */
export interface Row {
  readonly txid: string;
  readonly element: number | null;
  readonly transaction: Transaction;
}

/**
 * The table of the set, with its two unique indexes:
 *
 *     CREATE TABLE set_app (txid text PRIMARY KEY, element integer UNIQUE)
 *
 * A row is in the indexes as soon as it is inserted, and seen by readers when its transaction is committed.
 */
export class Table {
  readonly #byTxid = new Map<string, Row>();
  readonly #byElement = new Map<number, Row>();
  /** Those of committed rows, in the order of their commits. */
  readonly elements = new Set<number>();

  /** The row that forbids another one with these keys, committed or not. Nulls are equal to nothing. */
  conflict(txid: string, element: number | null): Row | undefined {
    return this.#byTxid.get(txid) ?? (element === null ? undefined : this.#byElement.get(element));
  }

  insert(row: Row): void {
    const { txid, element } = row;
    assert(this.conflict(txid, element) === undefined, `"${txid}" and element ${element} are in the table once`);
    this.#byTxid.set(txid, row);
    if (element !== null) this.#byElement.set(element, row);
    if (row.transaction.committed) this.show(row);
  }

  /** Its transaction is committed. */
  show({ element }: Row): void {
    if (element !== null) this.elements.add(element);
  }

  /** The committed row of a transaction. */
  find(txid: string): Row | undefined {
    const row = this.#byTxid.get(txid);
    return row?.transaction.committed ? row : undefined;
  }
}
