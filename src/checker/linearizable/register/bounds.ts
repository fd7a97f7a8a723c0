import type { Decision, Limits } from '../call.ts';
import { Course } from './course.ts';
import type { Problem } from './problem.ts';
import type { Checkpoint } from './search.ts';
import type { Slots } from './slots.ts';

/**
 * Calls that never complete may take effect at any time or not, and so there are exponentially many sets of those that have. Instead of
 * going through all of them, this looks how far it goes in two ways, each of them quick:
 *
 * - *Below.* Only a few configurations go on behind each completion, those that have used and owe the least. Whatever they get through
 *   is linearizable, for what they do is a linearization.
 * - *Above.* Calls that never complete, and that a configuration has not used yet, take effect as often as one likes from there on. That is
 *   the search of another history, with any number of each of them, and each way on in the true one is a way on in it: where no
 *   configuration gets through, there is none.
 *
 * Where both end at the same completion, the history is linearizable up to that one, and not with it.
 *
 * @param begin.from all configurations that there are at some completion; the beginning where there is none.
 * @param begin.narrow how many the few are.
 * @returns undefined where the two leave something between them. @throws Exhausted
 */
export function decideByBounds(
  problem: Problem,
  slots: Slots,
  limits: Limits,
  begin: { readonly from?: Checkpoint; readonly narrow: number },
): Decision | undefined {
  const { from, narrow } = begin;
  const below = new Course(problem, slots, limits, from, { narrow });
  while (below.advance());
  if (below.isThrough) return below.decision();
  const above = new Course(problem, slots, limits, from, { unlimited: true });
  while (above.search.returned <= below.search.returned && above.advance());
  return above.search.returned === below.search.returned ? below.decision() : undefined;
}
