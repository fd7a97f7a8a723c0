import type { TraceEntry } from '../../contract/index.ts';

/** A process had an element: from when, how it came there, and, where it went again, when and by what. */
export interface Holding {
  readonly node: string;
  readonly process: string;
  readonly from: TraceEntry;
  readonly until?: TraceEntry;
}

/** Who had each of the elements, in the order in which they came to have it: the trace's changes, replayed. */
export function holdingsOf(wanted: ReadonlySet<number>, trace: readonly TraceEntry[]): Map<number, Holding[]> {
  const all = new Map<number, Holding[]>([...wanted].map((element) => [element, []]));
  /** By element, and by place the index of the holding that has not ended. */
  const open = new Map<number, Map<string, number>>([...wanted].map((element) => [element, new Map()]));
  const end = (element: number, place: string, until: TraceEntry) => {
    const at = open.get(element)?.get(place);
    const holdings = all.get(element);
    if (at === undefined || holdings === undefined) return;
    open.get(element)?.delete(place);
    holdings[at] = { ...(holdings[at] as Holding), until };
  };
  for (const entry of trace) {
    const { node, process, change } = entry;
    if (change === undefined) continue;
    const place = `${node} ${process}`;
    for (const element of entry.elements ?? wanted) {
      if (change !== 'gained') end(element, place, entry);
      else if (wanted.has(element) && !open.get(element)?.has(place)) {
        const holdings = all.get(element) as Holding[];
        open.get(element)?.set(place, holdings.length);
        holdings.push({ node, process, from: entry });
      }
    }
  }
  return all;
}
