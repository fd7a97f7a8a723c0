import type { Draft } from '../read-plan.ts';
import { childPath } from '../text/path.ts';
import type { Findings } from '../text/source.ts';

/** A fault that happens more often than this was not meant so. */
const TIMES_MAX = 1_000;

/** Whether it is known how often each repeated fault happens, and whether that is a reasonable number. */
export function checkRepeats({ workload, ratePerS, faults }: Draft, findings: Findings): void {
  for (const { path, schedule } of faults) {
    if (schedule?.kind !== 'every') continue;
    const known = workload?.settings !== undefined && ratePerS !== undefined;
    const endMs =
      schedule.untilMs ?? (known ? (workload.module.count(workload.settings) / ratePerS) * 1000 : undefined);
    const every = { rule: 'fault-timing', path: childPath(path, 'every'), at: 'key' } as const;
    if (endMs === undefined) {
      // a workload that is itself wrong may still turn out to have a rate
      if (workload?.settings === undefined) continue;
      const message = `nobody knows when ${path} happens last: it has no "until", and the workload has no rate`;
      findings.add({ ...every, message, hint: 'add "until: 2m" to the fault, or "rate: 100/s" to the workload' });
    } else if ((endMs - schedule.fromMs) / schedule.everyMs > TIMES_MAX) {
      const times = Math.ceil((endMs - schedule.fromMs) / schedule.everyMs).toLocaleString('en');
      const message = `${path} would happen ${times} times; at most ${TIMES_MAX.toLocaleString('en')} make sense`;
      findings.add({ ...every, message, hint: 'is the unit right? 1ms is a thousandth of 1s' });
    }
  }
}
