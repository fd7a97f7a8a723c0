/**
 * Registers whose written values are distinct, and that have no cas: Gibbons and Korach, Testing Shared Memories, 1997, section 4 (the
 * read-mapping is known, so that it takes O(n log n)).
 *
 * The calls of one value are its write and the reads that were told it. Let `first` be the time when the first of them has completed, and
 * `last` when the last of them was invoked. All calls of a value take effect together, the write before the reads; so where `first < last`
 * the register holds the value from `first` to `last` at least (a forward zone). Otherwise one point between `last` and `first`
 * is enough for all of them (a backward zone). A history is linearizable iff
 *
 *   1. no read was told a value before its write was invoked, or one that nobody wrote;
 *   2. no two forward zones overlap;
 *   3. no backward zone lies within a forward one.
 *
 * These are necessary. They suffice, too: give each forward zone the time `first`, each backward zone a point of it that lies in no forward
 * zone (one of its ends, or a point between two forward zones that have its ends), and let the values come in that order. If a call of
 * value u has completed before one of v was invoked, `first(u) < last(v)`; then in each of the four cases u comes before v: a
 * forward zone of v that began before that of u would overlap with it, and the point of a backward zone is not before its `last`, nor after its `first`.
 *
 * The value at the beginning is like one that was written and completed before all else. A write that never completed has no end: it only counts
 * where it was read (`simplify` has left out the others), and its value's `first` is a read's.
 */
import type { Call, Configuration } from '../call.ts';
import { SHOWN, TAIL } from './evidence.ts';
import { CAS, IGNORED, type Problem, READ, WRITE } from './problem.ts';

/** By value the position of its write, -1 for the initial one and those that nobody wrote; undefined where the history is of another kind. */
export function distinctWrites({ kind, to, initial, values }: Problem): Int32Array | undefined {
  const writes = new Int32Array(values.length).fill(-1);
  for (let i = 0; i < kind.length; i++) {
    if (kind[i] === CAS) return undefined;
    if (kind[i] !== WRITE) continue;
    const value = to[i] as number;
    if (value === initial || (writes[value] as number) >= 0) return undefined;
    writes[value] = i;
  }
  return writes;
}

/** Zones of a history that grows and shrinks. */
export class Zones {
  readonly #problem: Problem;
  readonly #writes: Int32Array;
  readonly #first: Float64Array;
  readonly #last: Float64Array;
  /** The values that have calls, by `first`. */
  readonly #order: Int32Array;
  #count = 0;

  constructor(problem: Problem, writes: Int32Array) {
    const values = problem.values.length;
    this.#problem = problem;
    this.#writes = writes;
    this.#first = new Float64Array(values);
    this.#last = new Float64Array(values);
    this.#order = new Int32Array(values);
  }

  /** Through how many completions there is a linearization; all of them where the history is linearizable. */
  fitting(): number {
    // A history is no more linearizable than its beginning: the border is found by halving.
    let good = 0;
    let bad = this.#problem.returns.length + 1;
    for (let next = bad - 1; bad - good > 1; next = (good + bad) >> 1) {
      if (this.#fit(next)) good = next;
      else bad = next;
    }
    return good;
  }

  /**
   * Configurations after that many completions, which fit: one for each value that may be the last, for all other calls that completed were
   * invoked before the first of its own had completed. Open writes that nobody read have not taken effect in them.
   */
  configurations(returned: number): Configuration[] {
    this.#fit(returned);
    const { kind, calls, from, to, invoke, complete, returns, values } = this.#problem;
    const end = complete[returns[returned] as number] as number;
    const since =
      returned > TAIL ? (complete[returns[returned - TAIL - 1] as number] as number) : Number.NEGATIVE_INFINITY;
    const points = this.#points();
    const told: { i: number; value: number; isRead: boolean; time: number }[] = [];
    const pending: Call[] = [];
    for (let i = 0; i < kind.length && (invoke[i] as number) < end; i++) {
      if ((complete[i] as number) <= since) continue;
      const isRead = kind[i] !== WRITE;
      const value = kind[i] === IGNORED ? NOTHING : ((kind[i] === READ ? from[i] : to[i]) as number);
      const point = points.get(value);
      if ((complete[i] as number) >= end && (isRead || point === undefined)) pending.push(calls[i] as Call);
      else told.push({ i, value, isRead, time: Math.max(point ?? Number.NEGATIVE_INFINITY, invoke[i] as number) });
    }
    told.sort((a, b) => a.time - b.time || a.value - b.value || Number(a.isRead) - Number(b.isRead) || a.i - b.i);
    return this.#possiblyLast(since).map((last) => {
      const isOfIt = ({ i, value }: { i: number; value: number }) =>
        value === last || (value === NOTHING && (invoke[i] as number) > (this.#first[last] as number));
      const before = told.filter((one) => !isOfIt(one) && one.time > since);
      const after = told.filter(isOfIt).sort((a, b) => Number(a.isRead) - Number(b.isRead) || a.i - b.i);
      const linearized = [...before, ...after].slice(-TAIL).map(({ i }) => calls[i] as Call);
      return { state: values[last], linearized, pending };
    });
  }

  /** Whether the history up to that many completions is linearizable. Afterwards the zones are those of it. */
  #fit(returned: number): boolean {
    return this.#gather(returned) && this.#agree();
  }

  #gather(returned: number): boolean {
    const { kind, from, to, invoke, complete, initial, returns } = this.#problem;
    const first = this.#first.fill(Number.POSITIVE_INFINITY);
    const last = this.#last.fill(Number.NEGATIVE_INFINITY);
    first[initial] = Number.NEGATIVE_INFINITY;
    this.#order[0] = initial;
    this.#count = 1;
    for (let k = 0; k < returned; k++) {
      const call = returns[k] as number;
      const value = (kind[call] === READ ? from[call] : to[call]) as number;
      if (first[value] === Number.POSITIVE_INFINITY) {
        const write = this.#writes[value] as number;
        if (write < 0 || (invoke[write] as number) > (complete[call] as number)) return false;
        first[value] = complete[call] as number;
        last[value] = invoke[write] as number;
        this.#order[this.#count++] = value;
      }
      last[value] = Math.max(last[value] as number, invoke[call] as number);
    }
    return true;
  }

  #agree(): boolean {
    /** Of the last forward zone that has begun. */
    let begin = Number.NEGATIVE_INFINITY;
    let end = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < this.#count; k++) {
      const value = this.#order[k] as number;
      const [first, last] = [this.#first[value] as number, this.#last[value] as number];
      if (first < end && (first < last || last > begin)) return false;
      if (first < last) [begin, end] = [first, last];
    }
    return true;
  }

  /** By value the point in time that it has in the order. */
  #points(): Map<number, number> {
    const points = new Map<number, number>();
    let begin = Number.NEGATIVE_INFINITY;
    let end = Number.NEGATIVE_INFINITY;
    for (const value of this.#order.subarray(0, this.#count)) {
      const [first, last] = [this.#first[value] as number, this.#last[value] as number];
      if (first < last) [begin, end] = [first, last];
      // A backward zone that ends within a forward one has begun before it. Times are whole numbers.
      points.set(value, first < last || first > end ? first : begin - 0.5);
    }
    return points;
  }

  #possiblyLast(since: number): number[] {
    const values = [...this.#order.subarray(0, this.#count)];
    const [latest = 0, second] = [...values].sort((a, b) => (this.#last[b] as number) - (this.#last[a] as number));
    return values
      .filter((value) => {
        const other = value === latest ? second : latest;
        const first = this.#first[value] as number;
        return other === undefined || (first > (this.#last[other] as number) && first > since);
      })
      .slice(0, SHOWN);
  }
}

/** The value of a call that is about none. */
const NOTHING = -1;
