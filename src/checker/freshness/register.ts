import { NS_PER_MS } from '../../base/clock.ts';
import type { Broken } from '../../contract/index.ts';

/** A place in a history. */
export interface Moment {
  readonly index: number;
  readonly time: number;
}

export interface StaleRead {
  /** Index of its completion. */
  readonly index: number;
  readonly key?: string;
  readonly value: unknown;
  /** A value that had taken its place by then, and the operation (its completion) that showed it. */
  readonly newer: unknown;
  readonly newer_index: number;
  /** The node that served the read, where that is known. */
  readonly node?: string;
  /** From when the newer value was there until the read began. */
  readonly staleness_ms: number;
}

/** The life of a value, as far as it is known: it took effect after `begin` and not after `there`. */
interface Value {
  readonly value: unknown;
  begin: number;
  /** The first completion that shows it to be there: of its write, or of a read. */
  there: Moment | undefined;
}

interface Read {
  readonly value: string;
  readonly begin: Moment;
  readonly end: Moment;
  readonly node: string | undefined;
}

/** One register: its writes and reads, in any order; then the judgement. */
export class Register {
  readonly reads: Read[] = [];
  /** A value was written more than once, or the initial one again: what a read has seen cannot be told. */
  repeats = false;
  readonly #values = new Map<string, Value>();
  readonly #written = new Set<string>();
  /** The first invocation of a write whose value was never told: it may be any that is read. */
  #untold: number | undefined;

  constructor(initial: unknown) {
    const name = nameOf(initial);
    this.#values.set(name, { value: initial, begin: -1, there: { index: -1, time: 0 } });
    this.#written.add(name);
  }

  /** Reads of values that no write can have put there: nobody wrote them, or not yet. */
  get unwritten(): number {
    const begin = (value: string) => this.#begin(value) ?? this.#untold ?? Number.POSITIVE_INFINITY;
    return this.reads.filter(({ value, end }) => end.index < begin(value)).length;
  }

  /** A write, with its completion where it ended ok. `value` undefined: it is not known. */
  write(value: unknown, begin: Moment, end: Moment | undefined): void {
    if (value === undefined) {
      this.#untold = Math.min(this.#untold ?? Number.POSITIVE_INFINITY, begin.index);
      return;
    }
    const name = nameOf(value);
    if (this.#written.has(name)) this.repeats = true;
    this.#written.add(name);
    const life = this.#life(name, value);
    life.begin = begin.index;
    if (end !== undefined) see(life, end);
  }

  read(value: unknown, begin: Moment, end: Moment, node?: string): void {
    const name = nameOf(value);
    this.#life(name, value);
    this.reads.push({ value: name, begin, end, node });
  }

  /**
   * A read of `v` is stale where some `w` was there before it began, and the write of `w` began after `v` was there: then `v` took effect before
   * `w`, and `w` before the read. Of all `w` by the time when they were there it is enough to know the latest begin so far, and to
   * find the first that passes `v`. A read that had ended before its value's write began has seen another, and tells nothing. Stretches are from a stale read's completion to that of the next read that is not stale.
   */
  judge(key: string | undefined): { stale: StaleRead[]; broken: Broken[] } {
    const reads = this.reads.filter(({ value, end }) => end.index >= (this.#begin(value) ?? -1));
    for (const { value, end } of reads) see(this.#values.get(value) as Value, end);
    const there = [...this.#values.entries()]
      .flatMap(([name, { value, there }]) => {
        if (there === undefined) return [];
        // A value of which nobody knows who wrote it tells nothing about others.
        const begin = this.#begin(name) ?? this.#untold ?? -1;
        return [{ value, begin: begin < there.index ? begin : -1, there }];
      })
      .sort((a, b) => a.there.index - b.there.index);
    const latest = new Float64Array(there.length);
    let most = -1;
    for (const [at, { begin }] of there.entries()) {
      most = Math.max(most, begin);
      latest[at] = most;
    }
    const stale: StaleRead[] = [];
    const broken: Broken[] = [];
    let open: Broken | undefined;
    for (const { value: name, begin, end, node } of reads.sort((a, b) => a.end.index - b.end.index)) {
      const { value, there: seen } = this.#values.get(name) as Value;
      const newer = there[firstAbove(latest, (seen as Moment).index)];
      if (newer !== undefined && newer.there.index < begin.index) {
        const staleness_ms = (begin.time - newer.there.time) / NS_PER_MS;
        const by = { newer: newer.value, newer_index: newer.there.index };
        const where = { ...(key !== undefined && { key }), ...(node !== undefined && { node }) };
        stale.push({ index: end.index, ...where, value, ...by, staleness_ms });
        open ??= { what: 'reads were stale', index: end.index, from: end.time };
      } else if (open !== undefined) {
        broken.push({ ...open, until: end.time });
        open = undefined;
      }
    }
    if (open !== undefined) broken.push(open);
    return { stale, broken };
  }

  /** Where the value's write began; undefined where there is none. */
  #begin(name: string): number | undefined {
    return this.#written.has(name) ? this.#values.get(name)?.begin : undefined;
  }

  #life(name: string, value: unknown): Value {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const life: Value = { value, begin: -1, there: undefined };
    this.#values.set(name, life);
    return life;
  }
}

function see(life: Value, at: Moment): void {
  if (life.there === undefined || at.index < life.there.index) life.there = at;
}

/** The first place whose number is above `bound`, in numbers that never fall; their count where there is none. */
function firstAbove(numbers: Float64Array, bound: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

function nameOf(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
