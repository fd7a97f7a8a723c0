import type { Disk, SimProcess, Timer } from '../../../contract/index.ts';
import { type Entry, NO_OPTIME, Oplog, type Optime } from './oplog.ts';

/** Its file on the node's disk. */
export const JOURNAL = 'journal';

/**
 * Brings the oplog to the disk, a group of entries at a time. Between two groups what is new is in the process's memory
 * alone, and a kill takes it. (dur.cpp, "group commit"; since 3.2 WiredTiger's journal, flushed as often.)
 */
export class Journal {
  readonly #oplog: Oplog;
  readonly #process: SimProcess;
  readonly #disk: Disk;
  readonly #intervalMs: number;
  readonly #hurryMs: number;
  #timer: { readonly at: number; readonly timer: Timer } | undefined;
  #syncing = false;
  /** Somebody wants more in the journal than the group under way holds. */
  #hurried = false;
  #durable: number;
  /** How many entries the group under way ends with. */
  #flushed = 0;
  #waiting: { readonly count: number; done(): void }[] = [];
  /** Called when more has become durable. */
  progressed: () => void = () => {};

  /** `hurryMs`: how long after somebody has begun to wait for it the next group goes, at the latest. */
  constructor(process: SimProcess, oplog: Oplog, intervalMs: number, hurryMs: number) {
    this.#process = process;
    this.#oplog = oplog;
    this.#disk = process.disk(JOURNAL);
    this.#intervalMs = intervalMs;
    this.#hurryMs = hurryMs;
    this.#durable = this.#disk.records.length;
  }

  /** The log as it is found on the disk. */
  static recover(process: SimProcess): Oplog {
    return new Oplog(process.disk(JOURNAL).records as readonly Entry[]);
  }

  get durable(): Optime {
    return this.#oplog.entries[this.#durable - 1] ?? NO_OPTIME;
  }

  /** There is something new in the oplog. */
  wrote(): void {
    this.#flushWithin(this.#intervalMs);
  }

  /** Calls `done` when everything that is in the oplog now is in the journal. */
  whenDurable(done: () => void): void {
    const count = this.#oplog.length;
    if (count <= this.#durable) {
      done();
      return;
    }
    this.#waiting.push({ count, done });
    this.hurry();
  }

  hurry(): void {
    this.#hurried = this.#syncing;
    this.#flushWithin(this.#hurryMs);
  }

  /** The oplog has been cut back to `count` entries. */
  truncate(count: number): void {
    this.#disk.truncate(count);
    this.#durable = Math.min(this.#durable, count);
    this.#flushed = Math.min(this.#flushed, count);
    this.#waiting = this.#waiting.filter((waiter) => waiter.count <= count);
  }

  #flushWithin(ms: number): void {
    if (this.#syncing) return;
    const at = this.#process.nowMs() + ms;
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.timer.cancel();
    this.#timer = { at, timer: this.#process.after(ms, () => this.#flush()) };
  }

  #flush(): void {
    this.#timer = undefined;
    this.#syncing = true;
    for (const entry of this.#oplog.entries.slice(this.#disk.records.length)) this.#disk.append(entry);
    this.#flushed = this.#oplog.length;
    this.#disk.sync(() => {
      this.#syncing = false;
      this.#durable = Math.max(this.#durable, this.#flushed);
      const ready = this.#waiting.filter((waiter) => waiter.count <= this.#durable);
      this.#waiting = this.#waiting.filter((waiter) => waiter.count > this.#durable);
      for (const { done } of ready) done();
      this.progressed();
      const more = this.#oplog.length > this.#disk.records.length;
      if (this.#waiting.length > 0 || (more && this.#hurried)) this.hurry();
      else if (more) this.wrote();
    });
  }
}
