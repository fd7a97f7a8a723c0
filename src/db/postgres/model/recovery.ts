import type { SimProcess } from '../../../contract/index.ts';
import { Numbers } from './numbers.ts';
import { type Row, Table } from './table.ts';
import { WAL, type WalRecord } from './wal.ts';

/** Records that are replayed in a millisecond. */
const REDO_PER_MS = 200;

export interface Recovered {
  readonly table: Table;
  readonly numbers: Numbers;
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
  const numbers = new Numbers();
  /** What a transaction has done comes to be with its commit; it has one thing to do. */
  const open = new Map<number, () => void>();
  let nextXid = 1;
  for (const record of records) {
    const { kind, xid } = record;
    nextXid = Math.max(nextXid, xid + 1);
    if (kind === 'insert') {
      const { txid, element } = record;
      const row: Row = { txid, element, transaction: { xid, committed: true, waiting: [] } };
      open.set(xid, () => table.insert(row));
    } else if (kind === 'update') {
      const { row, value } = record;
      open.set(xid, () => Object.assign(numbers.row(row), { value, xid }));
    } else if (kind === 'sequence') {
      // Whether or not its transaction has committed (seq_redo).
      numbers.redo(record.logged);
    } else {
      open.get(xid)?.();
    }
  }
  return { table, numbers, nextXid };
}
