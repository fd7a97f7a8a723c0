import { countBelow, Numbers } from './numbers.ts';

/** The greatest value seen so far, from each operation on that saw a greater one. */
export class Seen {
  readonly #indices = new Numbers();
  readonly #values = new Numbers();

  add(index: number, value: number): void {
    const { length } = this.#values;
    if (length > 0 && value <= this.#values.at(length - 1)) return;
    this.#indices.push(index);
    this.#values.push(value);
  }

  /** The greatest that had been seen when the operation at `index` was invoked, and by which. */
  before(index: number): { value: number; index: number } | undefined {
    const count = countBelow(this.#indices, index);
    return count === 0 ? undefined : { value: this.#values.at(count - 1), index: this.#indices.at(count - 1) };
  }
}
