import type { Transaction } from './table.ts';

/** A row of a table whose rows are numbered as they are inserted (`id bigserial PRIMARY KEY`). */
export interface Row {
  readonly id: number;
  /** Of its other columns. */
  readonly values: readonly number[];
  readonly insertedBy: Transaction;
  /** Who has deleted it; it is there for others until that one is committed. */
  deletedBy: Transaction | undefined;
}

/** Such a table. What is deleted and committed is not in it any more; what was never committed stays, and nobody sees it. */
export class Rows {
  /** In the order of their ids. */
  readonly #rows = new Map<number, Row>();

  insert(id: number, values: readonly number[], insertedBy: Transaction): Row {
    const row: Row = { id, values, insertedBy, deletedBy: undefined };
    this.#rows.set(id, row);
    return row;
  }

  /** Those that are committed, and that `by` has not deleted itself, in the order of their ids. */
  seen(by?: Transaction): Row[] {
    return [...this.#committed()].filter(({ deletedBy }) => deletedBy === undefined || deletedBy !== by);
  }

  /** The oldest that is committed and that nobody is at (FOR UPDATE SKIP LOCKED). */
  oldestUnlocked(): Row | undefined {
    for (const row of this.#committed()) if (row.deletedBy === undefined) return row;
    return undefined;
  }

  /** Its deletion is committed. */
  remove(id: number): void {
    this.#rows.delete(id);
  }

  *#committed(): Generator<Row> {
    for (const row of this.#rows.values()) if (row.insertedBy.committed) yield row;
  }
}
