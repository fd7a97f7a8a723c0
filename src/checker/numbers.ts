/** A list of numbers of 8 bytes each, however long it grows. */
export class Numbers {
  #items = new Float64Array(16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.#length++] = item;
  }

  at(index: number): number {
    return this.#items[index] as number;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
  }

  pop(): void {
    this.#length--;
  }

  /** The items themselves, as long as nothing is pushed. */
  view(): Float64Array {
    return this.#items.subarray(0, this.#length);
  }
}

/** How many of `sorted` are below `bound`. */
export function countBelow(
  sorted: { readonly length: number; at(index: number): number | undefined },
  bound: number,
): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted.at(middle) as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
