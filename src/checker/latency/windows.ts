import { Histogram } from '../../base/histogram.ts';

/** How long operations took: `service` from the invocation, `response` from the time they were due; nanoseconds. */
export class Times {
  readonly service = new Histogram();
  /** Of those that had a due time. */
  readonly response = new Histogram();

  add(serviceNs: number, lateNs: number | undefined): void {
    this.service.add(serviceNs);
    if (lateNs !== undefined) this.response.add(serviceNs + lateNs);
  }

  merge(other: Times): void {
    this.service.merge(other.service);
    this.response.merge(other.response);
  }
}

/** More windows than this nobody looks at: they become twice as long. */
const WINDOWS_MAX = 240;

/** Times by window: of the run's time in equal parts, each with what was invoked in it. */
export class Windows {
  readonly #windows = new Map<number, Times>();
  #lengthNs: number;

  constructor(lengthNs: number) {
    this.#lengthNs = lengthNs;
  }

  get lengthNs(): number {
    return this.#lengthNs;
  }

  at(timeNs: number): Times {
    while (timeNs >= this.#lengthNs * WINDOWS_MAX) this.#double();
    const number = Math.floor(timeNs / this.#lengthNs);
    const own = this.#windows.get(number) ?? new Times();
    this.#windows.set(number, own);
    return own;
  }

  /** In the order of time, with their begin; those in which nothing was invoked are left out. */
  entries(): [fromNs: number, times: Times][] {
    return [...this.#windows]
      .map(([at, times]): [number, Times] => [at * this.#lengthNs, times])
      .sort(([a], [b]) => a - b);
  }

  #double(): void {
    const old = [...this.#windows];
    this.#windows.clear();
    this.#lengthNs *= 2;
    for (const [at, times] of old) {
      const half = this.#windows.get(at >> 1);
      if (half === undefined) this.#windows.set(at >> 1, times);
      else half.merge(times);
    }
  }
}
