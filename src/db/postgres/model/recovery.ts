import type { SimProcess } from '../../../contract/index.ts';
import { Catalog } from './catalog.ts';
import { type Row, Table, type Transaction } from './table.ts';
import { WAL, type WalRecord } from './wal.ts';

/** Records that are replayed in a millisecond. */
const REDO_PER_MS = 200;

export interface Recovered {
  readonly table: Table;
  readonly catalog: Catalog;
  /** Behind every transaction in the log, committed or not. */
  readonly nextXid: number;
}

/**
 * Makes the table out of the log on the disk, from its beginning: what has no commit there has never been (StartupXLOG).
 * First the log itself is synced, for it may be in the page cache alone, left there by the process that was killed
 * (SyncDataDirectory): what is found and shown to readers must not be lost again.
 */
export function recover(process: SimProcess, done: (recovered: Recovered) => void): void {
  const disk = process.disk(WAL);
  const records = disk.records as readonly WalRecord[];
  disk.sync(() => process.after(Math.ceil(records.length / REDO_PER_MS), () => done(redo(records))));
}

function redo(records: readonly WalRecord[]): Recovered {
  const table = new Table();
  const catalog = new Catalog();
  /** What a transaction has done comes to be with its commit. */
  const open = new Map<number, { readonly transaction: Transaction; readonly changes: (() => void)[] }>();
  let nextXid = 1;
  for (const record of records) {
    const { kind, xid } = record;
    nextXid = Math.max(nextXid, xid + 1);
    const under = open.get(xid) ?? { transaction: { xid, committed: false, waiting: [] }, changes: [] };
    open.set(xid, under);
    const { transaction, changes } = under;
    if (kind === 'insert') {
      const { txid, element } = record;
      const row: Row = { txid, element, transaction };
      changes.push(() => table.insert(row));
    } else if (kind === 'update') {
      const { row, value } = record;
      changes.push(() => Object.assign(catalog.number(row), { value, xid }));
    } else if (kind === 'row') {
      // At its place among the others; without a commit nobody ever sees it there.
      catalog.table(record.table).insert(record.id, record.values, transaction);
    } else if (kind === 'delete') {
      changes.push(() => catalog.table(record.table).remove(record.id));
    } else if (kind === 'sequence') {
      // Whether or not its transaction has committed (seq_redo).
      catalog.sequence(record.name).redo(record.logged);
    } else {
      transaction.committed = true;
      for (const change of changes) change();
      open.delete(xid);
    }
  }
  return { table, catalog, nextXid };
}
