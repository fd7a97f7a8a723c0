import { formatMs } from '../../base/units.ts';
import { isRunSelector } from '../../contract/index.ts';
import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { beginnings, problemAt, windowsOf } from './windows.ts';

/** A fault on the processes of a node that has none: another fault has killed them. */
export function* targetKilled(timeline: Timeline): Generator<Problem> {
  for (const [window, before, together] of beginnings(windowsOf(timeline))) {
    // a killed primary is primary no more: who it is later only the run knows
    const aims = (window.step.effect.down ?? []).filter((node) => !isRunSelector(node));
    const killer = [...before, ...together].find(
      ({ step }) => step.nemesis === 'kill' && step.effect.down?.some((node) => aims.includes(node)),
    );
    // two kills of one node are an overlapping-fault
    if (killer === undefined || window.step.nemesis === 'kill') continue;
    const who = aims.filter((node) => killer.step.effect.down?.includes(node)).join(', ');
    const at = `the kill on line ${killer.step.place.line}, in force from ${formatMs(killer.fromMs)}`;
    const message = `at ${formatMs(window.fromMs)} ${who} has no processes to ${window.step.nemesis}: ${at}`;
    const hint = 'let the kill end first, or aim at another node';
    yield problemAt(timeline, window, { rule: 'target-killed', severity: 'error', message, hint });
  }
}
