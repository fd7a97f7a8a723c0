import type { Connection, SimProcess } from '../../../contract/index.ts';
import type { AdvisoryLocks } from './advisory-locks.ts';
import type { Catalog } from './catalog.ts';
import type { Row } from './rows.ts';
import type { Transaction } from './table.ts';
import type { Wal } from './wal.ts';
import type { Witness } from './witness.ts';

/** What the transactions of one server share. */
export interface Shared {
  readonly process: SimProcess;
  readonly catalog: Catalog;
  readonly locks: AdvisoryLocks;
  readonly wal: Wal;
  readonly witness: Witness;
  begin(): Transaction;
  /** Commits it; `commit` gets whether that was waited for until it is on the disk. */
  finish(transaction: Transaction, commit: (flushed: boolean) => void): void;
}

/** Something that is there for others with the commit. */
interface Change {
  /** For a person. */
  readonly words: string;
  commit(): void;
  /** It is on the disk, and about to be answered. */
  promised(): void;
}

/** What a client has asked for in one text: a transaction, which begins with the first thing that it changes. */
export class Work {
  readonly #shared: Shared;
  readonly #client: Connection;
  readonly #changes: Change[] = [];
  #transaction: Transaction | undefined;

  constructor(shared: Shared, client: Connection) {
    this.#shared = shared;
    this.#client = client;
  }

  /** As the last transaction that is committed has left it. */
  number(name: string): number | null {
    return this.#shared.catalog.number(name).value;
  }

  /** Those of a table that this transaction sees. */
  rows(table: string): Row[] {
    return this.#shared.catalog.table(table).seen(this.#transaction);
  }

  oldestUnlocked(table: string): Row | undefined {
    return this.#shared.catalog.table(table).oldestUnlocked();
  }

  /**
   * Updates a row, once in a transaction; `done` gets the new value, or undefined where `change` wants none. Where another one has
   * updated it, that one's end is waited for, and then the row is looked at again (nodeModifyTable.c, ExecUpdate; EvalPlanQual).
   */
  update(
    name: string,
    change: (value: number | null) => number | undefined,
    done: (value: number | undefined) => void,
  ): void {
    const { catalog, wal, witness } = this.#shared;
    const row = catalog.number(name);
    if (row.lockedBy !== undefined) {
      this.#wait(name, row.lockedBy, () => this.update(name, change, done));
      return;
    }
    const value = change(row.value);
    if (value !== undefined) {
      const transaction = this.#begun();
      const { xid } = transaction;
      row.lockedBy = transaction;
      wal.insert({ kind: 'update', xid, row: name, value });
      this.#changes.push({
        words: `${name} = ${value}`,
        commit: () => void Object.assign(row, { value, xid, lockedBy: undefined }),
        promised: () => witness.promisesUpdate(name, xid),
      });
    }
    done(value);
  }

  insert(table: string, values: readonly number[]): void {
    const { catalog, wal, witness } = this.#shared;
    const id = this.nextValue(`${table}_id_seq`);
    const transaction = this.#begun();
    catalog.table(table).insert(id, values, transaction);
    wal.insert({ kind: 'row', xid: transaction.xid, table, id, values });
    this.#changes.push({
      words: `(${values}) as row ${id} of ${table}`,
      commit: () => {},
      promised: () => witness.promisesRow(table, id),
    });
  }

  /**
   * Deletes rows in this order; `done` gets those that it has deleted. Where another transaction has deleted one, its end is
   * waited for, and the row is gone (heapam.c, heap_delete; nodeModifyTable.c, ExecDelete: TM_Deleted).
   */
  delete(table: string, rows: readonly Row[], done: (deleted: readonly Row[]) => void): void {
    const deleted: Row[] = [];
    const goOn = (from: number): void => {
      for (let at = from; at < rows.length; at++) {
        const row = rows[at] as Row;
        if (row.deletedBy?.committed) continue;
        if (row.deletedBy !== undefined) {
          this.#wait(`row ${row.id} of ${table}`, row.deletedBy, () => goOn(at));
          return;
        }
        this.#delete(table, row);
        deleted.push(row);
      }
      done(deleted);
    };
    goOn(0);
  }

  /**
   * The next number of a sequence. Only who has to log it waits for the log at the end; who is given one of those that are
   * logged ahead does not, though their record may not be on the disk yet (sequence.c, nextval_internal: only the first gets an xid).
   */
  nextValue(name: string): number {
    const { catalog, wal } = this.#shared;
    const { value, logs } = catalog.sequence(name).next();
    if (logs !== undefined) wal.insert({ kind: 'sequence', xid: this.#begun().xid, name, logged: logs });
    return value;
  }

  /** Whether the session has that lock now. It is nothing of the transaction's. */
  tryLock(key: number): boolean {
    const has = this.#shared.locks.tryLock(key, this.#client);
    if (has) this.#tell('lock', (node) => `${node} gives lock ${key} to ${this.#client.peer}`);
    return has;
  }

  unlock(key: number): boolean {
    const had = this.#shared.locks.unlock(key, this.#client);
    if (had) this.#tell('unlock', (node) => `${node} has lock ${key} back from ${this.#client.peer}`);
    return had;
  }

  /** Commits what it has changed, if anything. */
  end(done: () => void): void {
    const transaction = this.#transaction;
    if (transaction === undefined) {
      done();
      return;
    }
    this.#shared.finish(transaction, (flushed) => {
      for (const { commit } of this.#changes) commit();
      if (flushed) for (const { promised } of this.#changes) promised();
      const { peer, open } = this.#client;
      const heard = open ? `and tells ${peer}` : `but ${peer} has gone, and never hears of it`;
      const what = () => this.#changes.map(({ words }) => words).join(', ');
      if (this.#changes.length > 0)
        this.#tell('change', (node) => `${node} commits ${what()} in transaction ${transaction.xid}, ${heard}`);
      done();
    });
  }

  #delete(table: string, row: Row): void {
    const { catalog, wal, witness } = this.#shared;
    const { id } = row;
    const transaction = this.#begun();
    row.deletedBy = transaction;
    witness.leaves(table, id);
    wal.insert({ kind: 'delete', xid: transaction.xid, table, id });
    this.#changes.push({
      words: `row ${id} of ${table} deleted`,
      commit: () => catalog.table(table).remove(id),
      promised: () => witness.promisesGone(table, id),
    });
  }

  #begun(): Transaction {
    this.#transaction ??= this.#shared.begin();
    return this.#transaction;
  }

  #wait(what: string, { xid, waiting }: Transaction, goOn: () => void): void {
    this.#tell(
      'wait',
      (node) => `${node} keeps ${this.#client.peer} waiting for ${what}: transaction ${xid} has changed it`,
    );
    waiting.push(goOn);
  }

  #tell(what: string, words: (node: string) => string): void {
    const { process } = this.#shared;
    process.detail(what, () => words(process.node));
  }
}
