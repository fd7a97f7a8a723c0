import { formatMs } from '../../base/units.ts';
import type { Problem } from '../../plan/index.ts';
import { lastDueOf, type Timeline } from '../timeline.ts';
import { problemAt, windowsOf } from './windows.ts';

/** More ok operations wanted than are due before the first fault, or during one: the run could not earn its verdict. */
export function* requireOutOfReach(timeline: Timeline): Generator<Problem> {
  const { require, workload } = timeline;
  const { ratePerS, count, durationMs } = workload;
  if (ratePerS === null || durationMs === null) return;
  const dueBefore = (ms: number) => Math.min(count, Math.ceil((Math.max(0, ms) / 1000) * ratePerS - 1e-9));
  const rule = { rule: 'require-out-of-reach', severity: 'warning' } as const;
  const windows = windowsOf(timeline);
  const [first] = windows;
  if (first !== undefined && dueBefore(first.fromMs) < require.before) {
    const wanted = `"require.before" asks for ${require.before} that end ok`;
    const message = `${dueBefore(first.fromMs)} operations are due before the first fault, at ${formatMs(first.fromMs)}, but ${wanted}`;
    yield problemAt(timeline, first, { ...rule, message, hint: 'let the fault begin later, or ask for less' });
  }
  for (const window of windows) {
    const due = dueBefore(Math.min(window.toMs, durationMs)) - dueBefore(window.fromMs);
    // one that begins when nothing is due any more is an error of its own
    if (due >= require.during || window.fromMs > (lastDueOf(workload) ?? 0)) continue;
    const message = `${due} operations are due during this fault, but "require.during" asks for ${require.during} that end ok`;
    yield problemAt(timeline, window, { ...rule, message, hint: 'make the fault longer, or ask for less' });
  }
}
