import { BROKEN_MAX, type Broken } from '../contract/index.ts';

/** Keeps the stretches in which something did not hold, from observations of one thing, in the order in which they were made. */
export class Stretches {
  readonly #found: Broken[];
  #open: Broken | undefined;

  /** Stretches of several things may be kept in one list. */
  constructor(found: Broken[] = []) {
    this.#found = found;
  }

  /** It did not hold: the operation at `index`, completed at `time`, shows it. */
  bad(what: string, index: number, time: number): void {
    if (this.#open !== undefined || this.#found.length >= BROKEN_MAX) return;
    this.#open = { what, index, from: time };
    this.#found.push(this.#open);
  }

  /** It held. */
  good(time: number): void {
    if (this.#open === undefined) return;
    this.#found[this.#found.indexOf(this.#open)] = { ...this.#open, until: time };
    this.#open = undefined;
  }

  get found(): readonly Broken[] {
    return this.#found;
  }
}

/** For a result: `{broken: [...]}`, in order of time; nothing where there is none. */
export function dated(found: readonly Broken[]): { broken?: readonly Broken[] } {
  return found.length === 0 ? {} : { broken: [...found].sort((a, b) => a.from - b.from || a.index - b.index) };
}
