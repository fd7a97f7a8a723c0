import { type Clock, NS_PER_MS, sleep } from '../base/clock.ts';

/** How long the rest of a workload may go on without any operation that ends ok. */
export const PATIENCE_MS = 60_000;
const LOOK_MS = 250;

export interface Awaited {
  readonly clock: Clock;
  /** When the last operation is due. */
  readonly scheduleEndNs: number;
  /** How many operations have ended ok so far. */
  ok(): number;
  /** Rejects where the run is interrupted. */
  abortable<T>(promise: Promise<T>): Promise<T>;
}

/**
 * Waits until `working` has ended. A database that is gone for good must not hold the run for a timeout, or a refusal,
 * for each operation that is left: patience ends when the schedule is over and nothing has ended ok for a while.
 * @returns whether patience ended first. @throws what `working` or the interruption throws.
 */
export async function losesPatience(working: Promise<void>, awaited: Awaited): Promise<boolean> {
  const { clock, scheduleEndNs, ok, abortable } = awaited;
  const done = new AbortController();
  const ended = working.finally(() => done.abort());
  ended.catch(() => {});
  let seen = ok();
  let sinceNs = Math.max(clock.now(), scheduleEndNs);
  while (!done.signal.aborted) {
    await abortable(sleep(clock, LOOK_MS, done.signal).catch(() => {}));
    if (ok() !== seen) {
      seen = ok();
      sinceNs = Math.max(clock.now(), scheduleEndNs);
    }
    if (!done.signal.aborted && clock.now() - sinceNs >= PATIENCE_MS * NS_PER_MS) return true;
  }
  await abortable(ended);
  return false;
}
