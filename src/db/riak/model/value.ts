/**
 * The sets that clients write. Each is made once, by one client, of what it has read and one element more, so that no set
 * is ever copied: an add costs the same however many there are.
 */

export interface Value {
  readonly element: number;
  /** What it was added to: nothing, one set, or the siblings that were united. */
  readonly to: readonly Value[];
}

/** All elements of these sets together. Linear in what was ever added to them. */
export function elementsOf(values: Iterable<Value>): Set<number> {
  const elements = new Set<number>();
  for (const { element } of reachable(values)) elements.add(element);
  return elements;
}

/** What is in `now` and not in `before`, in ascending order. Where one was made of the other it costs the difference. */
export function difference(now: readonly Value[], before: readonly Value[]): number[] {
  const quick = newest(now, before);
  if (quick !== undefined) return quick;
  const had = elementsOf(before);
  return [...elementsOf(now)].filter((element) => !had.has(element)).sort((a, b) => a - b);
}

/** The common cases of a difference: the same sets, and one set with one element more than all of the others. */
function newest(now: readonly Value[], before: readonly Value[]): number[] | undefined {
  if (now.every((value) => before.includes(value))) return [];
  const added = now.filter((value) => !before.includes(value));
  const [one] = added;
  if (added.length !== 1 || one === undefined || one.to.some((value) => !before.includes(value))) return undefined;
  // It may be an earlier set still, of which another one here was made.
  return before.every((value) => one.to.includes(value)) ? [one.element] : undefined;
}

function reachable(values: Iterable<Value>): Set<Value> {
  const found = new Set(values);
  // A set may be added to while it is walked.
  for (const value of found) for (const part of value.to) found.add(part);
  return found;
}
