import type { TraceEntry } from '../../contract/index.ts';
import type { End } from './fate.ts';
import type { Holding } from './holdings.ts';

/**
 * The event that decided. Of what is gone: the one by which the last copy went; where some process still has it, the last by
 * which a copy did. Who hands over what he has does not decide, but who takes it and does not keep it. Of what turned up: the
 * one that brought it, after the last moment when nobody had it. Of what nobody ever had: where a node made up its mind against
 * it, or the last thing that was said of it. `events` are those of the element, in the order of the trace.
 */
export function causeOf(end: End, holdings: readonly Holding[], events: readonly TraceEntry[]): TraceEntry | undefined {
  if (end === 'recovered') return broughtBy(holdings, events);
  if (end !== 'lost' && end !== 'absent') return undefined;
  if (holdings.length === 0) return events.find(({ what }) => REFUSALS.has(what)) ?? events.at(-1);
  // A copy that came back, as after a restart, did not go by that.
  const left = new Set(holdings.flatMap((one) => (one.until === undefined ? [placeOf(one)] : [])));
  const ends = new Set(holdings.flatMap((one) => (left.has(placeOf(one)) ? [] : [one.until])));
  const gone = events.filter((entry) => ends.has(entry));
  return gone.findLast(({ change }) => change === 'dropped') ?? gone.at(-1);
}

const placeOf = ({ node, process }: Holding) => `${node} ${process}`;

/**
 * By these a node makes up its mind against what it has not got: it takes another version, or fences the name off. What
 * follows tells only of that.
 */
const REFUSALS: ReadonlySet<string> = new Set(['conflict', 'fence']);

function broughtBy(holdings: readonly Holding[], events: readonly TraceEntry[]): TraceEntry | undefined {
  const begins = new Set(holdings.map(({ from }) => from));
  const ends = new Map<TraceEntry, number>();
  for (const { until } of holdings) if (until !== undefined) ends.set(until, (ends.get(until) ?? 0) + 1);
  let copies = 0;
  let brought: TraceEntry | undefined;
  for (const entry of events) {
    if (begins.has(entry)) {
      if (copies === 0) brought = entry;
      copies++;
    }
    copies -= ends.get(entry) ?? 0;
  }
  return brought;
}
