import { BROKEN_MAX, type Broken } from '../../contract/index.ts';
import { brief } from '../values.ts';
import { type Gaps, type Lives, NONE } from './lives.ts';

/**
 * The stretches in which elements that were known to be there were not seen, those that touch as one. `counts`: which elements
 * to look at.
 */
export function stretchesOf({ gaps, values }: Lives, counts: (element: number) => boolean): Broken[] {
  const order = [...gaps.from.view().keys()]
    .filter((gap) => counts(gaps.element.at(gap)))
    .sort((a, b) => gaps.from.at(a) - gaps.from.at(b) || gaps.index.at(a) - gaps.index.at(b));
  const found: Broken[] = [];
  let elements = new Set<number>();
  let until = NONE;
  let first = NONE;
  const close = () => {
    if (first === NONE || found.length >= BROKEN_MAX) return;
    const { size } = elements;
    const one = brief(values.value(gaps.element.at(first)));
    const what = size === 1 ? `element ${one} was not visible` : `${size} elements, ${one} first, were not visible`;
    const from = gaps.from.at(first);
    found.push({ what, index: gaps.index.at(first), from, ...(until !== Number.POSITIVE_INFINITY && { until }) });
  };
  for (const gap of order) {
    if (first === NONE || gaps.from.at(gap) > until) {
      close();
      first = gap;
      until = NONE;
      elements = new Set();
    }
    elements.add(gaps.element.at(gap));
    until = Math.max(until, endOf(gaps, gap));
  }
  close();
  return found;
}

function endOf({ until }: Gaps, gap: number): number {
  return until.at(gap) === NONE ? Number.POSITIVE_INFINITY : until.at(gap);
}
