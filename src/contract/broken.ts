/** Stretches of a run in which a guarantee did not hold (`Broken`): what all checkers that find such do with them. */
import type { Broken } from './checker.ts';

/** As many stretches as a result has at most: more than these nobody reads, and its counts tell the rest. */
export const BROKEN_MAX = 1000;

/**
 * Sorts stretches by their begin, and makes one of those that overlap, touch, or begin at most `apartNs` after the one
 * before has ended: between two stale reads of the same cause there may be a fresh one. The merged one keeps the words
 * and the index of its first. One without an end takes in all that follow.
 */
export function mergeBroken(stretches: readonly Broken[], apartNs = 0): Broken[] {
  const merged: Broken[] = [];
  for (const next of [...stretches].sort((a, b) => a.from - b.from || a.index - b.index)) {
    const last = merged.at(-1);
    if (last === undefined || (last.until !== undefined && next.from > last.until + apartNs)) merged.push(next);
    else if (last.until !== undefined) {
      const { until: _, ...begun } = last;
      merged[merged.length - 1] =
        next.until === undefined ? begun : { ...begun, until: Math.max(last.until, next.until) };
    }
  }
  return merged;
}
