import { assert } from '../../../base/assert.ts';
import type { Numbers } from './numbers.ts';
import type { Row, Table } from './table.ts';

/**
 * Somebody who looks on, and outlives every crash: what the server has promised must be there after each start. No part
 * of the protocol asks it.
 */
export class Witness {
  /** Rows whose commit was answered after its flush. */
  readonly #promised: Row[] = [];
  /** By row: the last transaction on it whose commit was answered after its flush. */
  readonly #updated = new Map<string, number>();
  /** The last table that was seen, with all its commits. */
  #last: Table | undefined;

  /** A commit with synchronous_commit on is answered; `flushed` is how far the log is on the disk, `lsn` how far it must be. */
  promises(row: Row, lsn: number, flushed: number): void {
    assert(lsn <= flushed, `the commit of "${row.txid}" is on the disk before it is answered`);
    this.#promised.push(row);
  }

  /** The same of an update. Transactions on a row come one after another, so that the last stands for all. */
  promisesUpdate(row: string, xid: number, lsn: number, flushed: number): void {
    assert(lsn <= flushed, `the commit of ${xid} on "${row}" is on the disk before it is answered`);
    assert(xid > (this.#updated.get(row) ?? 0), `transactions on "${row}" come one after another`);
    this.#updated.set(row, xid);
  }

  /** The server has made its tables anew. @returns the elements that were committed before the crash, and are gone. */
  recovered(table: Table, numbers: Numbers): number[] {
    for (const { txid, element } of this.#promised)
      assert(table.find(txid)?.element === element, `"${txid}", which was answered, is there after the crash`);
    for (const [row, xid] of this.#updated)
      assert(numbers.row(row).xid >= xid, `"${row}" has, after the crash, what was answered or something later`);
    const before = this.#last;
    this.#last = table;
    return before === undefined ? [] : [...before.elements].filter((element) => !table.elements.has(element));
  }
}
