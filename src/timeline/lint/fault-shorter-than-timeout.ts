import { formatMs } from '../../base/units.ts';
import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { problemAt, windowsOf } from './windows.ts';

/** A fault that an operation can wait out: it may look as if nothing had happened. */
export function* faultShorterThanTimeout(timeline: Timeline): Generator<Problem> {
  const { timeoutMs } = timeline.workload;
  for (const window of windowsOf(timeline)) {
    const { forMs, effect } = window.step;
    // what acts on nobody holds nothing up
    if (forMs === null || forMs >= timeoutMs || effect.hits.length === 0) continue;
    const waits = `an operation waits up to ${formatMs(timeoutMs)}`;
    const message = `this fault lasts ${formatMs(forMs)}, but ${waits}: it can outwait the fault`;
    const hint = `make the fault longer, or the workload's timeout shorter`;
    yield problemAt(timeline, window, { rule: 'fault-shorter-than-timeout', severity: 'warning', message, hint });
  }
}
