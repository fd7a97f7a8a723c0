import type { Request } from './simulate.ts';

/** A value's versions, each from a moment on: what a replica that lags behind still answers from. */
export class Versions<T> {
  readonly #versions: { at: number; value: T }[];

  constructor(first: T) {
    this.#versions = [{ at: 0, value: first }];
  }

  get now(): T {
    return (this.#versions.at(-1) as { value: T }).value;
  }

  set({ now }: Request, value: T): void {
    this.#versions.push({ at: now, value });
  }

  /** As it was `lag` nanoseconds ago. */
  before({ now }: Request, lag: number): T {
    const found = this.#versions.findLast(({ at }) => at <= now - lag);
    return (found ?? (this.#versions[0] as { value: T })).value;
  }
}
