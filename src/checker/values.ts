/** What the checkers do with values of which they know nothing: tell them apart, number them, list them, print them. */

import { formatRanges, parseRanges } from './set/ranges.ts';

/** A value in a message, at most 60 characters of it. */
export function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** The same for equal JSON values, whatever the order of their keys, and for no others; numbers and strings are cheap. */
export function identity(value: unknown): string | number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return `"${value}`;
  return JSON.stringify(value ?? null, (_key, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Numbers distinct values 0, 1, 2, ... in the order in which they come. Some 60 bytes each; 4 where they are small integers. */
export class Numbered {
  readonly #values: unknown[] = [];
  /** Of the integers below its length: their number + 1. */
  #small = new Int32Array(64);
  readonly #others = new Map<string | number, number>();

  get size(): number {
    return this.#values.length;
  }

  /** The value's number; a new one where it is new. */
  add(value: unknown): number {
    const known = this.find(value);
    if (known >= 0) return known;
    const number = this.#values.push(value) - 1;
    if (this.#isSmall(value)) {
      if (value >= this.#small.length) {
        const larger = new Int32Array(2 * value);
        larger.set(this.#small);
        this.#small = larger;
      }
      this.#small[value] = number + 1;
    } else this.#others.set(identity(value), number);
    return number;
  }

  /** The value's number, or -1. */
  find(value: unknown): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < this.#small.length) {
      const number = this.#small[value]! - 1;
      if (number >= 0 || this.#others.size === 0) return number;
    }
    return this.#others.size === 0 ? -1 : (this.#others.get(identity(value)) ?? -1);
  }

  value(number: number): unknown {
    return this.#values[number];
  }

  /** The table never has more than some four places for each value. */
  #isSmall(value: unknown): value is number {
    return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 4 * (this.size + 256);
  }
}

/** Values for a result, in order: as compact text (`1..5 9`, equal ones one by one) where all are integers, else as they are. */
export function listed(values: readonly unknown[]): string | readonly unknown[] {
  if (values.every(Number.isSafeInteger)) return formatRanges([...(values as number[])].sort((a, b) => a - b));
  return values
    .map((value) => [String(identity(value)), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, value]) => value);
}

const NAMED = 12;

/** The first of a list that `listed` has made, for a person. */
export function some(list: unknown): string {
  if (Array.isArray(list)) {
    return [...list.slice(0, NAMED).map(brief), ...(list.length > NAMED ? ['...'] : [])].join(' ');
  }
  const elements = parseRanges(list as string);
  return [...elements.slice(0, NAMED), ...(elements.length > NAMED ? ['...'] : [])].join(' ');
}
