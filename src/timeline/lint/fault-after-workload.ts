import { formatMs } from '../../base/units.ts';
import type { Problem } from '../../plan/index.ts';
import { lastDueOf, type Timeline } from '../timeline.ts';
import { problemAt, windowsOf } from './windows.ts';

/** A fault that begins when no operation is left for it to hit. */
export function* faultAfterWorkload(timeline: Timeline): Generator<Problem> {
  const { count, ratePerS } = timeline.workload;
  const lastMs = lastDueOf(timeline.workload);
  if (lastMs === null) return;
  for (const window of windowsOf(timeline)) {
    if (window.fromMs <= lastMs) continue;
    const last = `the last operation is due at ${formatMs(lastMs)} (${count} at ${ratePerS}/s)`;
    const message = `this fault begins at ${formatMs(window.fromMs)}, but ${last}`;
    const hint = 'begin earlier, or give the workload more operations or a lower rate';
    yield problemAt(timeline, window, { rule: 'fault-after-workload', severity: 'error', message, hint });
  }
}
