import type { Clock } from '../../src/base/clock.ts';

interface Sleeper {
  readonly atNs: number;
  readonly order: number;
  wake(): void;
}

/**
 * Time that passes only when everybody sleeps: a test's ten minutes take a moment, and nothing depends on how busy
 * the machine is. Sleepers wake in the order of their time, one per turn of the event loop.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];
  #ticking = false;

  now(): number {
    return this.#now;
  }

  sleepUntil(timeNs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper = { atNs: timeNs, order: this.#order++, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', abort);
      this.#tick();
    });
  }

  #tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    setImmediate(() => {
      this.#ticking = false;
      this.#sleepers.sort((a, b) => a.atNs - b.atNs || a.order - b.order);
      const next = this.#sleepers.shift();
      if (next === undefined) return;
      this.#now = Math.max(this.#now, next.atNs);
      next.wake();
      this.#tick();
    });
  }
}
