import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { problemAt, windowsOf } from './windows.ts';

/** A fault without an end, though it could have one. */
export function* faultNeverUndone(timeline: Timeline): Generator<Problem> {
  for (const window of windowsOf(timeline)) {
    if (window.step.forMs !== null || window.step.lasting) continue;
    const message = `this fault has no "for": it lasts until everything is healed after the workload`;
    const hint = 'say how long it lasts, such as "for: 20s"';
    yield problemAt(timeline, window, { rule: 'fault-never-undone', severity: 'warning', message, hint });
  }
}
