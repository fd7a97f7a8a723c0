import { formatMs } from '../../base/units.ts';
import type { Problem } from '../../plan/index.ts';
import { Groups } from '../majority.ts';
import type { Timeline } from '../timeline.ts';
import { beginnings, problemAt, type Window, windowsOf } from './windows.ts';

/**
 * A time in which no majority of the nodes runs and hears each other: a database that keeps its promises can
 * then do nothing, so that the fault shows less than it seems to. Who is primary only the run knows: the rule
 * speaks up only where there is no majority whoever it is.
 */
export function* noMajority(timeline: Timeline): Generator<Problem> {
  const { nodes } = timeline;
  const groups = new Groups(nodes);
  // it can only get worse when a fault begins
  const seen = new Set<string>();
  for (const [window, before, together] of beginnings(windowsOf(timeline))) {
    if (seen.has(window.step.place.path)) continue;
    // what a repeated fault did before, it need not do twice
    const unlike = new Map([...before, window, ...together].map((one) => [effectOf(one), one.step.effect]));
    const active = [...unlike.values()];
    if (groups.haveMajority(active)) continue;
    seen.add(window.step.place.path);
    const size = `at most ${groups.largest(active)} of ${nodes.length} nodes run and hear each other`;
    const message = `from ${formatMs(window.fromMs)} there is no majority: ${size}`;
    const hint = 'if that is what the plan wants to see, let it be';
    yield problemAt(timeline, window, { rule: 'no-majority', severity: 'warning', message, hint });
  }
}

const effects = new WeakMap<Window, string>();

/** What a fault does, as text: the same for faults that do the same. */
function effectOf(window: Window): string {
  const known = effects.get(window);
  if (known !== undefined) return known;
  const { down, cut } = window.step.effect;
  const text = JSON.stringify([down, cut]);
  effects.set(window, text);
  return text;
}
