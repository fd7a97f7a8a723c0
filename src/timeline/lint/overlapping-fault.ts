import { formatMs } from '../../base/units.ts';
import { CLIENTS, isRunSelector } from '../../contract/index.ts';
import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { beginnings, problemAt, type Window, windowsOf } from './windows.ts';

/**
 * Two faults of one kind on one node at once: of processes, the end of the first would end the second; of cuts, nobody
 * could tell which one did what. Where only the run knows whom a selector hits (`primary` now need not be `primary`
 * later), they may meet: a warning.
 */
export function* overlappingFault(timeline: Timeline): Generator<Problem> {
  for (const [later, before] of beginnings(windowsOf(timeline))) {
    const alike = before.filter((one) => one.step.nemesis === later.step.nemesis);
    const sure = alike.find((one) => common(one, later).length > 0);
    const earlier = sure ?? alike.find((one) => mayMeet(one, later));
    if (earlier === undefined) continue;
    const end = earlier.toMs === Number.POSITIVE_INFINITY ? 'until the heal' : `until ${formatMs(earlier.toMs)}`;
    const own = earlier.step.place.path === later.step.place.path;
    const by = own ? 'an earlier turn of this fault' : `the one on line ${earlier.step.place.line}`;
    const has = `already has a ${later.step.nemesis} by ${by}, ${end}`;
    const who = sure ? common(sure, later).join(', ') : `${later.step.effect.hits.join(', ')} may hit a node that`;
    const message = `at ${formatMs(later.fromMs)} ${who} ${has}`;
    const hint = own
      ? 'make "for" shorter than "every", and by twice the "jitter" where there is one'
      : 'let one end before the other begins';
    const rule = sure ? 'overlapping-fault' : 'possible-overlap';
    yield problemAt(timeline, later, { rule, severity: sure ? 'error' : 'warning', message, hint });
  }
}

/** The nodes, and the clients, that both are known to hit. */
function common(a: Window, b: Window): string[] {
  return a.step.effect.hits.filter((node) => !isRunSelector(node) && b.step.effect.hits.includes(node));
}

/** Whether one has a selector that the run resolves, and the other a node that it may become. */
function mayMeet(a: Window, b: Window): boolean {
  const [ofA, ofB] = [a, b].map(({ step }) => step.effect.hits.filter((node) => node !== CLIENTS)) as [
    string[],
    string[],
  ];
  return ofA.length > 0 && ofB.length > 0 && [...ofA, ...ofB].some(isRunSelector);
}
