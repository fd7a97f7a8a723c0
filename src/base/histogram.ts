/** Buckets per doubling: a quantile is at most 0.07% above the true value. */
const RESOLUTION = 1024;

/** Counts of non-negative numbers in buckets that grow by a fixed ratio: quantiles in memory that is bounded, and little where numbers are alike. */
export class Histogram {
  readonly #buckets = new Map<number, number>();
  /** The buckets in their order, as long as nothing is added. */
  #sorted: [bucket: number, count: number][] | undefined;
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  add(value: number): void {
    const bucket = value < 1 ? 0 : 1 + Math.floor(Math.log2(value) * RESOLUTION);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count++;
    this.#sorted = undefined;
    if (value > this.#max) this.#max = value;
  }

  /** Counts the other's numbers, too. */
  merge(other: Histogram): void {
    for (const [bucket, count] of other.#buckets) {
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count);
    }
    this.#count += other.#count;
    this.#sorted = undefined;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** The smallest bucket's upper end that a fraction `q` of the values does not exceed; 0 of nothing. */
  quantile(q: number): number {
    let left = Math.ceil(q * this.#count);
    if (left <= 0) return 0;
    this.#sorted ??= [...this.#buckets].sort(([a], [b]) => a - b);
    for (const [bucket, count] of this.#sorted) {
      left -= count;
      if (left <= 0) return Math.min(this.#max, bucket === 0 ? 1 : 2 ** (bucket / RESOLUTION));
    }
    return this.#max;
  }
}
