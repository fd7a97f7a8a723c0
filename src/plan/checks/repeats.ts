import { formatMs } from '../../base/units.ts';
import type { Schedule } from '../plan.ts';
import type { Draft } from '../read-plan.ts';
import { lastDueMs, latestBeginMs } from '../schedule.ts';
import { childPath } from '../text/path.ts';
import type { Findings } from '../text/source.ts';

/** Faults that happen more often, all together, were not meant so. */
const TIMES_MAX = 1_000;
/** The longest duration that a plan can write. */
const WORKLOAD_MS_MAX = 999 * 3_600_000;

/** Whether the schedule has an end: of the workload, and of the faults that happen again and again. */
export function checkRepeats({ workload, ratePerS, faults }: Draft, findings: Findings): void {
  const count = workload?.settings === undefined ? undefined : workload.module.count(workload.settings);
  const lastMs = count === undefined || ratePerS === undefined ? undefined : lastDueMs(count, ratePerS);
  if (lastMs !== undefined && lastMs > WORKLOAD_MS_MAX) {
    const message = `${count} operations at this rate last ${Math.round(lastMs / 3_600_000).toLocaleString('en')} hours; at most 999 make sense`;
    findings.add({
      rule: 'endless-workload',
      path: 'workload.rate',
      message,
      hint: 'is the unit right? 1/h is one an hour',
    });
    return;
  }
  let total = 0;
  for (const { path, schedule } of faults) {
    if (schedule === undefined) continue;
    const before = total;
    total += timesOf(schedule, lastMs);
    const every = {
      rule: 'fault-timing',
      path: schedule.kind === 'every' ? childPath(path, 'every') : path,
      at: 'key',
    } as const;
    if (schedule.kind === 'every' && latestBeginMs(schedule, lastMs) === undefined) {
      // a workload that is itself wrong may still turn out to have a rate
      if (count === undefined) continue;
      const message = `nobody knows when ${path} happens last: it has no "until", and the workload has no rate`;
      findings.add({ ...every, message, hint: 'add "until: 2m" to the fault, or "rate: 100/s" to the workload' });
    } else if (total === before) {
      const begins = schedule.kind === 'every' ? formatMs(schedule.fromMs) : '';
      const message = `${path} never happens: it would first begin at ${begins}, but the last operation is due at ${formatMs(lastMs ?? 0)}`;
      findings.add({
        ...every,
        message,
        hint: 'say "from" when it first begins, or give the workload more operations',
      });
    } else if (total > TIMES_MAX && before <= TIMES_MAX) {
      const own = total - before;
      const alone = own > TIMES_MAX;
      const what = `${alone ? path : `the faults up to ${path}`} would happen ${(alone ? own : total).toLocaleString('en')} times`;
      const message = `${what}; at most ${TIMES_MAX.toLocaleString('en')} make sense`;
      findings.add({
        ...every,
        rule: 'too-many-faults',
        message,
        hint: 'is the unit right? 1ms is a thousandth of 1s',
      });
    }
  }
}

/** How often it happens; 0 where nobody knows. */
function timesOf(schedule: Schedule, lastMs: number | undefined): number {
  if (schedule.kind === 'once') return 1;
  const endMs = latestBeginMs(schedule, lastMs);
  if (endMs === undefined) return 0;
  return Math.max(0, Math.floor((endMs - schedule.fromMs) / schedule.everyMs) + 1);
}
