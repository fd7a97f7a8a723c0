/**
 * Vector clocks, as Riak's vclock.erl has them: a counter for each actor, here each vnode. Its timestamps are left out:
 * they are looked at only by pruning, which is left out, too.
 */

/** Never changed: each change makes another one. */
export type VClock = ReadonlyMap<string, number>;

export const FRESH: VClock = new Map();

export const counterOf = (clock: VClock, actor: string): number => clock.get(actor) ?? 0;

/** The same clock with one event more of `actor`. */
export function increment(clock: VClock, actor: string): VClock {
  return new Map(clock).set(actor, counterOf(clock, actor) + 1);
}

/** Whether `clock` has seen all that `other` has; a clock descends itself. */
export function descends(clock: VClock, other: VClock): boolean {
  if (clock === other) return true;
  for (const [actor, count] of other) if (counterOf(clock, actor) < count) return false;
  return true;
}

/** Whether it has seen all of it, and more. */
export const dominates = (clock: VClock, other: VClock): boolean => descends(clock, other) && !descends(other, clock);

/** What both have seen together. */
export function merge(one: VClock, other: VClock): VClock {
  if (descends(one, other)) return one;
  if (descends(other, one)) return other;
  const merged = new Map(one);
  for (const [actor, count] of other) merged.set(actor, Math.max(counterOf(merged, actor), count));
  return merged;
}

/** Whether both have seen the same. */
export const equal = (one: VClock, other: VClock): boolean => descends(one, other) && descends(other, one);
