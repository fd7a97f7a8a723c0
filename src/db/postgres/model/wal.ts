import { assert } from '../../../base/assert.ts';
import type { Disk, SimProcess } from '../../../contract/index.ts';

/** Its file on the node's disk. */
export const WAL = 'pg_wal';

/** A row that a transaction has inserted, updated or deleted, the number up to which a sequence may have given, or that a transaction has committed. */
export type WalRecord =
  | { readonly kind: 'insert'; readonly xid: number; readonly txid: string; readonly element: number | null }
  | { readonly kind: 'update'; readonly xid: number; readonly row: string; readonly value: number }
  | {
      readonly kind: 'row';
      readonly xid: number;
      readonly table: string;
      readonly id: number;
      readonly values: readonly number[];
    }
  | { readonly kind: 'delete'; readonly xid: number; readonly table: string; readonly id: number }
  | { readonly kind: 'sequence'; readonly xid: number; readonly name: string; readonly logged: number }
  | { readonly kind: 'commit'; readonly xid: number };

/** XLOG_BLCKSZ; and about what a record takes: a small tuple with its entries in two indexes, or in one, an update, a deletion, a sequence, a commit. */
const PAGE_BYTES = 8_192;
const RECORD_BYTES = { insert: 220, row: 140, update: 110, delete: 54, sequence: 99, commit: 46 } as const;

export interface WalConfig {
  readonly commitDelayMs: number;
  readonly commitSiblings: number;
  /** How many transactions are under way now. */
  underWay(): number;
}

/**
 * The write-ahead log: first in memory (wal_buffers), which a kill of the process takes; then written, to the page cache,
 * which a power failure takes; then flushed. Positions (LSNs) count bytes. (xlog.c)
 */
export class Wal {
  readonly #disk: Disk;
  readonly #process: SimProcess;
  readonly #config: WalConfig;
  /** In memory alone, with the position behind each. */
  #buffers: { readonly record: WalRecord; readonly end: number }[] = [];
  #inserted: number;
  #flushed: number;
  /** Behind the last commit that did not wait for its flush (asyncXactLSN). */
  #unawaited = 0;
  /** Somebody writes and flushes, or is about to (WALWriteLock). */
  #locked = false;
  #waiting: { readonly lsn: number; done(): void }[] = [];

  /** Goes on behind what the disk has: all of that must be flushed by now. */
  constructor(process: SimProcess, config: WalConfig) {
    this.#process = process;
    this.#config = config;
    this.#disk = process.disk(WAL);
    this.#inserted = sizeOf(this.#disk.records as readonly WalRecord[]);
    this.#flushed = this.#inserted;
  }

  /** Up to where the log would outlive a power failure. */
  get flushed(): number {
    return this.#flushed;
  }

  /** Puts a record into memory. @returns the position behind it. */
  insert(record: WalRecord): number {
    this.#inserted += RECORD_BYTES[record.kind];
    this.#buffers.push({ record, end: this.#inserted });
    return this.#inserted;
  }

  /**
   * Calls `done` when the log is flushed up to `lsn`. Whoever finds nobody at it flushes all there is; whoever comes
   * meanwhile waits, and the next flush is for all of those (XLogFlush, LWLockAcquireOrWait: group commit).
   */
  flush(lsn: number, done: () => void): void {
    if (lsn <= this.#flushed) {
      done();
      return;
    }
    this.#waiting.push({ lsn, done });
    if (!this.#locked) this.#lead();
  }

  /** A commit up to `lsn` has been answered already (XLogSetAsyncXactLSN). */
  leave(lsn: number): void {
    this.#unawaited = Math.max(this.#unawaited, lsn);
  }

  /**
   * A round of the WAL writer: whole pages, or where there are none, what nobody waits for (XLogBackgroundFlush). So a
   * commit on a page that goes on filling may have to wait for a third round.
   */
  flushBehind(done: () => void): void {
    const pages = this.#inserted - (this.#inserted % PAGE_BYTES);
    const lsn = pages <= this.#flushed ? this.#unawaited : pages;
    if (this.#locked || lsn <= this.#flushed) this.flush(lsn, done);
    else {
      this.#locked = true;
      this.#waiting.push({ lsn, done });
      this.#write(lsn);
    }
  }

  /** Has the lock; waits for others to join, where that is worth it (XLogFlush, MinimumActiveBackends). */
  #lead(): void {
    this.#locked = true;
    const { commitDelayMs, commitSiblings, underWay } = this.#config;
    const others = underWay() - 1;
    if (commitDelayMs === 0 || others < commitSiblings) this.#write(this.#inserted);
    else this.#process.after(commitDelayMs, () => this.#write(this.#inserted));
  }

  /** Writes and flushes up to `lsn`; of a record that goes on behind it, its part, which recovery does not take for one. */
  #write(lsn: number): void {
    const count = this.#buffers.findIndex(({ end }) => end > lsn);
    const written = count < 0 ? this.#buffers : this.#buffers.slice(0, count);
    this.#buffers = count < 0 ? [] : this.#buffers.slice(count);
    for (const { record } of written) this.#disk.append(record);
    this.#disk.sync(() => {
      assert(lsn > this.#flushed, `${this.#process.node} flushes its log in order`);
      this.#flushed = lsn;
      this.#locked = false;
      const ready = this.#waiting.filter((waiter) => waiter.lsn <= lsn);
      this.#waiting = this.#waiting.filter((waiter) => waiter.lsn > lsn);
      for (const { done } of ready) done();
      if (this.#waiting.length > 0 && !this.#locked) this.#lead();
    });
  }
}

/** Behind so many records. */
function sizeOf(records: readonly WalRecord[]): number {
  return records.reduce((sum, { kind }) => sum + RECORD_BYTES[kind], 0);
}
