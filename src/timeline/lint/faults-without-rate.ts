import type { Plan, Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { positionOf, windowsOf } from './windows.ts';

/** Faults at fixed times, and a workload that takes as long as it takes. */
export function* faultsWithoutRate(timeline: Timeline, { workload }: Plan): Generator<Problem> {
  if (workload.unpaced || timeline.workload.ratePerS !== null || windowsOf(timeline).length === 0) return;
  const message = 'the faults have times, but the workload has no rate: it may be over before they begin';
  const hint = 'give the workload a rate, such as "rate: 100/s"; or say that it is meant: "rate: max"';
  yield {
    rule: 'faults-without-rate',
    severity: 'warning',
    message,
    hint,
    file: timeline.file,
    ...positionOf(workload.place),
  };
}
