/**
 * Time as the rest of the house sees it: integer nanoseconds since the run began.
 * The real clock lives in `env/`, the virtual one with the simulator; nobody else asks the machine.
 */
export interface Clock {
  /** Nanoseconds since the run began; monotonic, an integer below 2^53 (104 days). */
  now(): number;
  /**
   * Resolves at `timeNs` or as soon after it as the clock can; at once (but never synchronously) when
   * that time has passed. Replies that had already arrived by then are delivered before it resolves,
   * so that an operation decided on waking never precedes a completion that was already here.
   * @throws the signal's reason when `signal` aborts first.
   */
  sleepUntil(timeNs: number, signal?: AbortSignal): Promise<void>;
}

export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

/** Sleeps `ms` milliseconds from now on `clock`. @throws the signal's reason when it aborts first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return clock.sleepUntil(clock.now() + Math.round(ms * NS_PER_MS), signal);
}
