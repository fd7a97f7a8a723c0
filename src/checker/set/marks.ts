/** Up to this many bytes for each element that there is, the marks of integers stand side by side. */
const SPREAD = 16;

/**
 * A few bits for each element. Of integers from zero on that are not far apart they stand in one array, a byte each, so that ten
 * million elements are as many bytes; those of others in a map.
 */
export class Marks {
  #near = new Uint8Array(1024);
  readonly #far = new Map<number, number>();
  #size = 0;

  /** How many elements have a mark. */
  get size(): number {
    return this.#size;
  }

  get(element: number): number {
    const near = element >= 0 && element < this.#near.length ? this.#near[element]! : 0;
    return near > 0 || this.#far.size === 0 ? near : (this.#far.get(element) ?? 0);
  }

  /** Sets `bits`, of which there is one at least. */
  add(element: number, bits: number): void {
    const known = this.get(element);
    if (known === 0) this.#size++;
    if (this.#isNear(element)) this.#near[element]! |= bits;
    else this.#far.set(element, known | bits);
  }

  /** Visits the elements and their marks, by size. */
  forEach(visit: (element: number, mark: number) => void): void {
    const far = [...this.#far].sort(([a], [b]) => a - b);
    let next = 0;
    const visitFar = (below: number) => {
      for (; next < far.length && far[next]![0] < below; next++) visit(...far[next]!);
    };
    const near = this.#near;
    visitFar(0);
    for (let element = 0; element < near.length; element++) {
      if (near[element]! > 0) visit(element, near[element]!);
      else if (next < far.length) visitFar(element + 1);
    }
    visitFar(Number.POSITIVE_INFINITY);
  }

  /** Whether its mark is, or is from now on, in the array: one that was far stays there. */
  #isNear(element: number): boolean {
    if (element >= 0 && element < this.#near.length) return this.#far.size === 0 || !this.#far.has(element);
    if (element < 0 || element >= SPREAD * (this.#size + 64) || this.#far.has(element)) return false;
    const larger = new Uint8Array(Math.max(2 * this.#near.length, element + 1));
    larger.set(this.#near);
    this.#near = larger;
    return true;
  }
}
