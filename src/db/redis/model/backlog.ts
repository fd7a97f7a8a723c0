import type { StreamEntry } from './protocol.ts';

/** repl-backlog-size, as Redis has it where nothing else is said. */
const BACKLOG_BYTES = 1_048_576;
/** Entries dropped from the front before the array is made shorter. */
const SLACK = 4_096;

/** The last megabyte of the replication stream, for replicas that come back. */
export class Backlog {
  /** Bytes of the history before the first one that is still here. */
  start = 0;
  readonly #bytesMax: number;
  #entries: StreamEntry[] = [];
  #first = 0;
  #end = 0;

  constructor(bytesMax = BACKLOG_BYTES) {
    this.#bytesMax = bytesMax;
  }

  /** Begins anew after byte `offset`. */
  reset(offset: number): void {
    this.#entries = [];
    this.#first = 0;
    this.start = offset;
    this.#end = offset;
  }

  add(entry: StreamEntry): void {
    this.#entries.push(entry);
    this.#end = entry.end;
    while (this.#end - this.start > this.#bytesMax) this.start = (this.#entries[this.#first++] as StreamEntry).end;
    if (this.#first < SLACK) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  /** What comes after byte `offset`, which must be where an entry ends; its cost is what it returns. */
  after(offset: number): readonly StreamEntry[] {
    let [low, high] = [this.#first, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle] as StreamEntry).end <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#entries.slice(low);
  }
}
