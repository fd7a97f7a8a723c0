import { CLIENTS, type Effect, type NodeRef, resolveNodes } from '../../contract/index.ts';
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
    const { effect } = window.step;
    const sides = effect.oneWay === undefined ? effect.groups : [effect.oneWay.from, effect.oneWay.to];
    if (sides === undefined) continue;
    const always = (is: (sides: string[][]) => boolean) =>
      nodes.every((primary) => is(sides.map((side) => resolveNodes(side, nodes, [primary]))));
    if (sides.length < 2 || always((resolved) => resolved.some((side) => side.length === 0))) {
      const message = `nobody is on one side of this partition: ${effect.words}`;
      yield problemAt(timeline, window, { ...empty, message, hint: 'leave somebody for the other side' });
    } else if (always((resolved) => !cutsAnybody(resolved, effect))) {
      const message = `this partition cuts nobody off from anybody: ${effect.words}`;
      yield problemAt(timeline, window, { ...empty, message, hint: 'a node in two groups hears both' });
    }
  }
}

function cutsAnybody(sides: readonly (readonly NodeRef[])[], { oneWay }: Effect): boolean {
  const [from = [], to = []] = sides;
  if (oneWay !== undefined) return from.some((one) => to.some((other) => canTalk(one, other)));
  const all = sides.flat();
  const together = (one: NodeRef, other: NodeRef) => sides.some((side) => side.includes(one) && side.includes(other));
  return all.some((one) => all.some((other) => canTalk(one, other) && !together(one, other)));
}

/** Nobody talks to itself over the network; nor do clients to each other, who are one endpoint here. */
const canTalk = (one: NodeRef, other: NodeRef) => one !== other && !(one === CLIENTS && other === CLIENTS);
