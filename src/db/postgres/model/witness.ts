import { assert } from '../../../base/assert.ts';
import type { Catalog } from './catalog.ts';
import type { Row, Table } from './table.ts';

/**
 * Somebody who looks on, and outlives every crash: what the server has promised must be there after each start. No part
 * of the protocol asks it.
 */
export class Witness {
  /** Rows of the set whose commit was answered after its flush. */
  readonly #promised: Row[] = [];
  /** By row: the last transaction on it whose commit was answered after its flush. */
  readonly #updated = new Map<string, number>();
  /** Rows of the other tables, by table and id: those that must be there, and those that must not come again. */
  #there = new Set<string>();
  readonly #gone = new Set<string>();
  /** The last table that was seen, with all its commits. */
  #last: Table | undefined;

  /** The log is flushed up to `flushed`, and a commit is answered for which it must be up to `lsn`. */
  answers(lsn: number, flushed: number): void {
    assert(lsn <= flushed, `a commit at ${lsn} is on the disk before it is answered`);
  }

  /** A commit with synchronous_commit on is answered. */
  promises(row: Row): void {
    this.#promised.push(row);
  }

  /** The same of an update. Transactions on a row come one after another, so that the last stands for all. */
  promisesUpdate(row: string, xid: number): void {
    assert(xid > (this.#updated.get(row) ?? 0), `transactions on "${row}" come one after another`);
    this.#updated.set(row, xid);
  }

  /** The same of a row that was inserted. */
  promisesRow(table: string, id: number): void {
    this.#there.add(`${table} ${id}`);
  }

  /** Somebody is about to delete it: from now on it may be gone. */
  leaves(table: string, id: number): void {
    this.#there.delete(`${table} ${id}`);
  }

  /** That is answered. */
  promisesGone(table: string, id: number): void {
    this.#gone.add(`${table} ${id}`);
  }

  /** The server has made its tables anew. @returns the elements of the set that were committed before the crash, and are gone. */
  recovered(table: Table, catalog: Catalog): number[] {
    for (const { txid, element } of this.#promised)
      assert(table.find(txid)?.element === element, `"${txid}", which was answered, is there after the crash`);
    for (const [row, xid] of this.#updated)
      assert(catalog.number(row).xid >= xid, `"${row}" has, after the crash, what was answered or something later`);
    const rows = new Set(
      [...catalog.table.all()].flatMap(([name, one]) => one.seen().map(({ id }) => `${name} ${id}`)),
    );
    for (const row of this.#there) assert(rows.has(row), `row "${row}", which was answered, is there after the crash`);
    for (const row of rows)
      assert(!this.#gone.has(row), `row "${row}", whose deletion was answered, is not there again`);
    // What readers see now no later crash takes: the log was synced first.
    this.#there = rows;
    const before = this.#last;
    this.#last = table;
    return before === undefined ? [] : [...before.elements].filter((element) => !table.elements.has(element));
  }
}
