import { assert } from '../../../base/assert.ts';
import type { Row, Table } from './table.ts';

/**
 * Somebody who looks on, and outlives every crash: what the server has promised must be there after each start. No part
 * of the protocol asks it.
 */
export class Witness {
  /** Rows whose commit was answered after its flush. */
  readonly #promised: Row[] = [];
  /** The last table that was seen, with all its commits. */
  #last: Table | undefined;

  /** A commit with synchronous_commit on is answered; `flushed` is how far the log is on the disk, `lsn` how far it must be. */
  promises(row: Row, lsn: number, flushed: number): void {
    assert(lsn <= flushed, `the commit of "${row.txid}" is on the disk before it is answered`);
    this.#promised.push(row);
  }

  /** The server has made its table anew. @returns the elements that were committed before the crash, and are gone. */
  recovered(table: Table): number[] {
    for (const { txid, element } of this.#promised)
      assert(table.find(txid)?.element === element, `"${txid}", which was answered, is there after the crash`);
    const before = this.#last;
    this.#last = table;
    return before === undefined ? [] : [...before.elements].filter((element) => !table.elements.has(element));
  }
}
