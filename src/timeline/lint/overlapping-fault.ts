import { formatMs } from '../../base/units.ts';
import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { beginnings, problemAt, type Window, windowsOf } from './windows.ts';

/** Two faults of one kind on one node at once: the end of the first would end the second. */
export function* overlappingFault(timeline: Timeline): Generator<Problem> {
  for (const [later, before] of beginnings(windowsOf(timeline))) {
    const earlier = before.find((one) => one.step.nemesis === later.step.nemesis && common(one, later).length > 0);
    if (earlier === undefined) continue;
    const who = common(earlier, later).join(', ');
    const end = earlier.toMs === Number.POSITIVE_INFINITY ? 'until the heal' : `until ${formatMs(earlier.toMs)}`;
    const own = earlier.step.place.path === later.step.place.path ? ' by an earlier turn of this fault' : '';
    const where = own === '' ? ` by the one on line ${earlier.step.place.line}` : own;
    const message = `at ${formatMs(later.fromMs)} ${who} already has a ${later.step.nemesis}${where}, ${end}`;
    const hint = own === '' ? 'let one end before the other begins' : 'make "for" shorter than "every"';
    yield problemAt(timeline, later, { rule: 'overlapping-fault', severity: 'error', message, hint });
  }
}

/** Who is hit by both; a selector that the run resolves is compared by its name. */
function common(a: Window, b: Window): string[] {
  return a.step.effect.hits.filter((node) => b.step.effect.hits.includes(node));
}
