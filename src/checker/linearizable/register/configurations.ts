import type { Budget } from '../budget.ts';

/**
 * A set of configurations, none of which makes another superfluous. Each is a row of integers:
 *
 *     state | seen | owed reads, a bit each, in `readWords` words | used calls, a bit each, in `usedWords` words
 *
 * See `search.ts` for what they mean, and for the proof that the dominated may go. They lie one after another in one array that
 * is used again and again, with a hash of state and finished cas over them.
 */
export class Configurations {
  readonly stride: number;
  /** Rows, `stride` integers each; one that was found superfluous has the state DEAD. */
  rows: Int32Array;
  /** Rows there are, dead ones included; `alive` without them. */
  count = 0;
  alive = 0;
  /** By row: it is a step on the way to a cas, and nothing else may come next. */
  transit: Uint8Array;
  /** By row, where there is a trace: the last step that led to it. */
  steps: Int32Array;

  readonly #firstUsed: number;
  /** Bits of the cas that will complete, per word of used calls. */
  readonly #cas: Int32Array;
  readonly #budget: Budget;
  /** By hash, below `#buckets`, the last row that has it. */
  #heads = new Int32Array(16).fill(-1);
  #buckets = 16;
  /** By row the next one of equal hash. */
  #next: Int32Array;

  constructor(readWords: number, cas: Int32Array, budget: Budget) {
    this.stride = 2 + readWords + cas.length;
    this.#firstUsed = 2 + readWords;
    this.#cas = cas;
    this.#budget = budget;
    this.rows = new Int32Array(ROWS * this.stride);
    this.transit = new Uint8Array(ROWS);
    this.steps = new Int32Array(ROWS);
    this.#next = new Int32Array(ROWS);
    budget.take(this.#bytesPerRow * ROWS);
  }

  /** Empties it, for about as many rows as `expected`. */
  clear(expected: number): void {
    this.count = 0;
    this.alive = 0;
    this.#resize(expected);
  }

  /** The rows that are alive, one after another. */
  compact(): Int32Array {
    const { stride, rows } = this;
    const compact = new Int32Array(this.alive * stride);
    let end = 0;
    for (let at = 0; at < this.count * stride; at += stride) {
      if (rows[at] === DEAD) continue;
      compact.set(rows.subarray(at, at + stride), end);
      end += stride;
    }
    return compact;
  }

  /** Lets go of all but about `most`: those stay that have used and owe least. */
  narrow(most: number): void {
    if (this.alive <= most) return;
    const { rows, stride, count } = this;
    const weights = new Int32Array(count);
    const frequency: number[] = [];
    for (let row = 0; row < count; row++) {
      const at = row * stride;
      if (rows[at] === DEAD) continue;
      let weight = 0;
      for (let k = 2; k < stride; k++) weight += bitsOf(rows[at + k] as number);
      weights[row] = weight;
      frequency[weight] = (frequency[weight] ?? 0) + 1;
    }
    let heaviest = -1;
    for (let left = most; left > 0; ) left -= frequency[++heaviest] ?? 0;
    for (let row = 0; row < count; row++) {
      if (rows[row * stride] === DEAD || (weights[row] as number) <= heaviest) continue;
      rows[row * stride] = DEAD;
      this.alive--;
    }
  }

  /** Copies a row behind the last one, where it can be changed before it is kept. @returns where it begins in `rows`. */
  draft(rows: Int32Array, at: number): number {
    const { stride } = this;
    const begin = this.count * stride;
    if (begin + stride > this.rows.length) this.#grow();
    const { rows: own } = this;
    // A grown array has the same rows at the same places: `rows` may be the old one.
    for (let k = 0; k < stride; k++) own[begin + k] = rows[at + k] as number;
    return begin;
  }

  /** Keeps the draft unless a row that is there makes it superfluous, and lets go of those to which it does so. */
  keep(transit: 0 | 1, step: number): boolean {
    const { rows, stride } = this;
    const firstUsed = this.#firstUsed;
    const cas = this.#cas;
    const next = this.#next;
    const row = this.count;
    const at = row * stride;
    const state = rows[at] as number;
    const seen = rows[at + 1] as number;
    const bucket = this.#bucketOf(at);
    let previous = -1;
    search: for (let other = this.#heads[bucket] as number; other >= 0; other = next[other] as number) {
      const there = other * stride;
      if (rows[there] !== state) {
        previous = other;
        continue;
      }
      const otherSeen = rows[there + 1] as number;
      let better = seen >= otherSeen;
      let worse = otherSeen >= seen;
      for (let k = 2; k < stride; k++) {
        const mine = rows[at + k] as number;
        const its = rows[there + k] as number;
        if (mine === its) continue;
        if ((mine & ~its) !== 0) better = false;
        if ((its & ~mine) !== 0) worse = false;
        if ((!better && !worse) || (k >= firstUsed && ((mine ^ its) & (cas[k - firstUsed] as number)) !== 0)) {
          previous = other;
          continue search;
        }
      }
      if (worse) return false;
      if (!better) {
        previous = other;
        continue;
      }
      rows[there] = DEAD;
      this.alive--;
      if (previous < 0) this.#heads[bucket] = next[other] as number;
      else next[previous] = next[other] as number;
    }
    next[row] = this.#heads[bucket] as number;
    this.#heads[bucket] = row;
    this.transit[row] = transit;
    this.steps[row] = step;
    this.count++;
    this.alive++;
    if (this.count > 2 * this.#buckets) this.#rehash();
    return true;
  }

  #bucketOf(at: number): number {
    const { rows } = this;
    const cas = this.#cas;
    let hash = Math.imul((rows[at] as number) + 1, 0x9e3779b1);
    for (let k = 0; k < cas.length; k++) {
      hash = Math.imul(hash ^ ((rows[at + this.#firstUsed + k] as number) & (cas[k] as number)), 0x85ebca6b);
    }
    return (hash ^ (hash >>> 15)) & (this.#buckets - 1);
  }

  #rehash(): void {
    this.#resize(4 * this.#buckets);
    for (let row = 0; row < this.count; row++) {
      const at = row * this.stride;
      if (this.rows[at] === DEAD) continue;
      const bucket = this.#bucketOf(at);
      this.#next[row] = this.#heads[bucket] as number;
      this.#heads[bucket] = row;
    }
  }

  /** Empties the hash. */
  #resize(expected: number): void {
    this.#buckets = 16;
    while (this.#buckets < expected) this.#buckets *= 2;
    if (this.#heads.length < this.#buckets) {
      this.#budget.take(4 * (this.#buckets - this.#heads.length));
      this.#heads = new Int32Array(this.#buckets);
    }
    this.#heads.fill(-1, 0, this.#buckets);
  }

  get #bytesPerRow(): number {
    return 4 * this.stride + 9;
  }

  #grow(): void {
    const capacity = this.#next.length * 2;
    this.#budget.take((capacity / 2) * this.#bytesPerRow);
    this.rows = enlarged(this.rows, new Int32Array(capacity * this.stride));
    this.transit = enlarged(this.transit, new Uint8Array(capacity));
    this.steps = enlarged(this.steps, new Int32Array(capacity));
    this.#next = enlarged(this.#next, new Int32Array(capacity));
  }
}

export const DEAD = -1;

/** How many there is room for to begin with. */
const ROWS = 16;

function bitsOf(word: number): number {
  const twos = word - ((word >>> 1) & 0x55555555);
  const fours = (twos & 0x33333333) + ((twos >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function enlarged<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
