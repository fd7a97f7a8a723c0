import { setMaxListeners } from 'node:events';
import { type Clock, NS_PER_MS, NS_PER_S } from '../base/clock.ts';

/**
 * The machine's monotonic clock; its zero is the moment it is made. A sleep never ends early. It ends late by
 * what a timer costs in Node: timers count whole milliseconds from the loop's own, slightly older, idea of now,
 * so that half a millisecond is usual and two are rare on an idle loop.
 */
export function makeRealClock(): Clock {
  const [originS, originNs] = process.hrtime();
  // Read twice an operation: the pair of numbers costs a third of `hrtime.bigint`, and their difference is exact.
  function now(): number {
    const [s, ns] = process.hrtime();
    return (s - originS) * NS_PER_S + (ns - originNs);
  }
  return { now, sleepUntil: (timeNs, signal) => sleepUntil(now, timeNs, signal) };
}

/** A longer timer of Node's fires at once (setTimeout: 32 bits). */
const TIMER_MS_MAX = 2 ** 31 - 1;

function sleepUntil(now: () => number, timeNs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let hop: NodeJS.Immediate | undefined;

    function wait(): void {
      const leftMs = (timeNs - now()) / NS_PER_MS;
      // A timer may fire up to a millisecond before its time (libuv rounds); then we wait again.
      if (leftMs > 0) timer = setTimeout(wait, Math.min(Math.ceil(leftMs), TIMER_MS_MAX));
      // Timers run before the sockets are polled, immediates after: what has arrived is delivered first.
      else hop = setImmediate(end);
    }
    function end(): void {
      signal?.removeEventListener('abort', abort);
      resolve();
    }
    function abort(): void {
      clearTimeout(timer);
      clearImmediate(hop);
      reject(signal?.reason);
    }

    if (signal?.aborted) return reject(signal.reason);
    if (signal !== undefined) {
      // A run has as many sleepers as clients, all on one signal: no leak to warn of.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', abort, { once: true });
    }
    wait();
  });
}
