import type { GroupRead } from './survey.ts';

/**
 * The pairs of reads of a group of which neither has seen all that the other has, in order, the first `kept` of them, and how many there
 * are. Reads that saw the same are looked at once: where the states of a group form a chain, which sorting by size shows, there is none.
 */
export function findForks(
  reads: readonly GroupRead[],
  kept: number,
): { forks: [GroupRead, GroupRead][]; count: number } {
  const forks: [GroupRead, GroupRead][] = [];
  let count = 0;
  for (const states of byGroup(reads).values()) {
    const sorted = [...states.values()].sort((a, b) => a.present.size - b.present.size);
    if (sorted.every((state, i) => i === 0 || includes(state, sorted[i - 1] as State))) continue;
    for (const [i, one] of sorted.entries()) {
      for (const other of sorted.slice(0, i)) {
        if (includes(one, other)) continue;
        count += one.reads.length * other.reads.length;
        for (const a of one.reads.slice(0, kept)) {
          for (const b of other.reads.slice(0, kept)) {
            if (forks.length >= 16 * kept) break;
            forks.push(a.index < b.index ? [a, b] : [b, a]);
          }
        }
      }
    }
  }
  forks.sort(([a, b], [c, d]) => a.index - c.index || b.index - d.index);
  return { forks: forks.slice(0, kept), count };
}

/** What some reads of a group have seen. */
interface State {
  readonly present: ReadonlySet<string>;
  readonly reads: GroupRead[];
}

function byGroup(reads: readonly GroupRead[]): Map<string, Map<string, State>> {
  const groups = new Map<string, Map<string, State>>();
  for (const read of reads) {
    const group = JSON.stringify(read.keys);
    const states = groups.get(group) ?? new Map<string, State>();
    groups.set(group, states);
    const seen = JSON.stringify(read.present);
    const state = states.get(seen);
    if (state === undefined) states.set(seen, { present: new Set(read.present), reads: [read] });
    else state.reads.push(read);
  }
  return groups;
}

/** Whether `one` has seen all that `other` has. */
function includes({ present }: State, other: State): boolean {
  for (const key of other.present) if (!present.has(key)) return false;
  return true;
}
