import type { Schedule } from './plan.ts';

/** When the last of `count` operations is due, in milliseconds after the first. */
export function lastDueMs(count: number, ratePerS: number): number {
  return ((count - 1) / ratePerS) * 1000;
}

/** When a repeated fault may begin at the latest: before its `until`, else as long as operations are due (`lastMs`). */
export function latestBeginMs<T>({ untilMs }: Extract<Schedule, { kind: 'every' }>, lastMs: T): number | T {
  return untilMs === undefined ? lastMs : untilMs - 1;
}
