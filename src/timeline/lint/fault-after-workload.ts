import { formatMs } from '../../base/units.ts';
import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { problemAt, windowsOf } from './windows.ts';

/** A fault that begins when no operation is left for it to hit. */
export function* faultAfterWorkload(timeline: Timeline): Generator<Problem> {
  const { count, ratePerS, durationMs } = timeline.workload;
  if (durationMs === null) return;
  for (const window of windowsOf(timeline)) {
    if (window.fromMs < durationMs) continue;
    const end = `the workload ends at ${formatMs(durationMs)} (${count} operations at ${ratePerS}/s)`;
    const message = `this fault begins at ${formatMs(window.fromMs)}, but ${end}`;
    const hint = 'begin earlier, or give the workload more operations or a lower rate';
    yield problemAt(timeline, window, { rule: 'fault-after-workload', severity: 'error', message, hint });
  }
}
