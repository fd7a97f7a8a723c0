import { grudgeOf, mapCut, resolveNodes, sidesOf } from '../../contract/index.ts';
import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { problemAt, windowsOf } from './windows.ts';

/**
 * A partition with nobody on one side, or with nobody cut off from anybody, once its selectors were drawn. Who is primary
 * only the run knows: the rule speaks up where it is so whoever it is.
 */
export function* emptySide(timeline: Timeline): Generator<Problem> {
  const { nodes } = timeline;
  const empty = { rule: 'empty-selector', severity: 'error' } as const;
  for (const window of windowsOf(timeline)) {
    const { cut, words } = window.step.effect;
    if (cut === undefined) continue;
    const possible = nodes.map((primary) => mapCut(cut, (refs) => resolveNodes(refs, nodes, [primary])));
    if (possible.every((one) => sidesOf(one).length < 2 || sidesOf(one).some((side) => side.length === 0))) {
      const message = `nobody is on one side of this partition: ${words}`;
      yield problemAt(timeline, window, { ...empty, message, hint: 'leave somebody for the other side' });
    } else if (possible.every((one) => Object.keys(grudgeOf(one)).length === 0)) {
      const message = `this partition cuts nobody off from anybody: ${words}`;
      yield problemAt(timeline, window, { ...empty, message, hint: 'a node in two groups hears both' });
    }
  }
}
