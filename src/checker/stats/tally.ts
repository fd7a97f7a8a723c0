/** Different things that are counted one by one at most: an error with a number of its own in it must not fill the memory. */
const NAMES_MAX = 10_000;

/** Counts things by name, and keeps the index of the first of each. */
export class Tally {
  readonly #rows = new Map<string, { name: string; count: number; index: number }>();
  readonly #others: string;

  /** `others`: the name of what there was no more room for. */
  constructor(others: string) {
    this.#others = others;
  }

  add(name: string, index: number): void {
    const known = this.#rows.get(name) ?? (this.#rows.size < NAMES_MAX ? undefined : this.#rows.get(this.#others));
    if (known !== undefined) known.count++;
    else {
      const own = this.#rows.size < NAMES_MAX - 1 ? name : this.#others;
      this.#rows.set(own, { name: own, count: 1, index });
    }
  }

  /** The most frequent first; of equal ones that which came first. */
  rows(max: number): { name: string; count: number; index: number }[] {
    return [...this.#rows.values()].sort((a, b) => b.count - a.count || a.index - b.index).slice(0, max);
  }
}
