import { formatMs } from '../../base/units.ts';
import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { problemAt, windowsOf } from './windows.ts';

/** A fault whose planned end comes after the workload's: the heal before the final reads cuts it short. */
export function* faultOutlivesWorkload(timeline: Timeline): Generator<Problem> {
  const { durationMs } = timeline.workload;
  if (durationMs === null) return;
  for (const window of windowsOf(timeline)) {
    // one that begins after the end is an error of its own, one without an end a warning of its own
    if (window.step.forMs === null || window.fromMs >= durationMs || window.toMs <= durationMs) continue;
    const ends = `the workload ends at ${formatMs(durationMs)} and everything is healed then`;
    const message = `this fault would last until ${formatMs(window.toMs)}, but ${ends}`;
    const hint = 'shorten it, or give the workload more operations';
    yield problemAt(timeline, window, { rule: 'fault-outlives-workload', severity: 'warning', message, hint });
  }
}
