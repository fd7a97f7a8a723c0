import type { TraceEntry } from '../../contract/index.ts';
import type { History } from '../../history/index.ts';
import type { Timeline } from '../../timeline/index.ts';
import { causeOf } from './cause.ts';
import { type Holding, holdingsOf } from './holdings.ts';
import { operationsOn, type Read, type Try } from './operations.ts';
import { type Window, windowsOf } from './windows.ts';

/**
 * What became of an element: `kept` (acknowledged, and in the final read), `lost` (acknowledged, and not), `recovered` (not
 * acknowledged, yet there), `absent` (neither); `unread` where there was no final read, `never-added` where nobody tried.
 */
export type End = 'kept' | 'lost' | 'recovered' | 'absent' | 'unread' | 'never-added';

/** One element's life. Times are nanoseconds since the run began, as in the history; `startNs` is when the workload did. */
export interface Fate {
  readonly element: number;
  readonly end: End;
  readonly startNs: number;
  /** Each operation on it, in the order of time. */
  readonly tries: readonly Try[];
  /** Which processes had it, and how long, up to the final read; in the order of time. */
  readonly holdings: readonly Holding[];
  /** The event by which it was lost, came back, or came to nothing; where the trace has one. */
  readonly cause?: TraceEntry;
  readonly read?: Read;
  /** Who began or ceased to lead, from the beginning of the workload until it was decided, or read. */
  readonly turns: readonly TraceEntry[];
  /** The faults of the run. */
  readonly faults: readonly Window[];
  /** All that the trace says of it, up to the final read. Without a trace there is nothing here, nor in `holdings`. */
  readonly events: readonly TraceEntry[];
}

/** What is joined: a run's history, and what its simulated nodes said, as far as it concerns the elements. */
export interface Told {
  readonly timeline: Timeline;
  readonly history: History;
  /** In the order of time; of this, what `concernsAny` lets through is used. */
  readonly trace: readonly TraceEntry[];
}

/** What the databases call it when a node begins or ceases to lead: whose elements count may change with it. */
const TURNS: ReadonlySet<string> = new Set(['elected', 'promotion', 'demotion', 'step-down']);

/** Whether an entry matters to the fate of one of the elements: it names it, drops everything, or tells who leads. */
export function concernsAny(wanted: ReadonlySet<number>, { elements, change, what }: TraceEntry): boolean {
  return elements?.some((element) => wanted.has(element)) ?? (change !== undefined || TURNS.has(what));
}

/** The fate of each element. Reads the history once. */
export function fatesOf(elements: readonly number[], { timeline, history, trace }: Told): Fate[] {
  const wanted = new Set(elements);
  const { tries, read, startNs, nemesis } = operationsOn(wanted, history, timeline);
  const faults = windowsOf(nemesis, timeline);
  const endNs = read?.atNs ?? Number.POSITIVE_INFINITY;
  const before = trace.filter((entry) => entry.time <= endNs && concernsAny(wanted, entry));
  const turns = before.filter(({ what }) => TURNS.has(what));
  const events = byElement(wanted, before);
  const holdings = holdingsOf(wanted, before);
  return [...wanted].map((element) => {
    const own = holdings.get(element) ?? [];
    const said = saidOf(element, own, events);
    const tried = tries.get(element) ?? [];
    const end = endOf(tried, read?.elements.has(element));
    const cause = causeOf(end, own, said);
    const untilNs = end === 'lost' && cause !== undefined ? cause.time : endNs;
    return {
      ...{ element, end, startNs, tries: tried, holdings: own, faults, events: said },
      turns: turns.filter(({ time }) => startNs <= time && time <= untilNs),
      ...(cause && { cause }),
      ...(read && { read: { atNs: read.atNs, process: read.process } }),
    };
  });
}

function endOf(tries: readonly Try[], present: boolean | undefined): End {
  if (tries.length === 0) return 'never-added';
  if (present === undefined) return 'unread';
  const acknowledged = tries.some(({ happened }) => happened === true);
  if (present) return acknowledged ? 'kept' : 'recovered';
  return acknowledged ? 'lost' : 'absent';
}

/** By element the entries that name it, and those that drop everything. */
function byElement(wanted: ReadonlySet<number>, trace: readonly TraceEntry[]): Map<number, TraceEntry[]> {
  const found = new Map<number, TraceEntry[]>([...wanted].map((element) => [element, []]));
  for (const entry of trace) {
    if (entry.change !== undefined && entry.elements === undefined)
      for (const entries of found.values()) entries.push(entry);
    else for (const element of entry.elements ?? []) found.get(element)?.push(entry);
  }
  return found;
}

/** What drops everything concerns an element where it was among that. */
function saidOf(
  element: number,
  holdings: readonly Holding[],
  events: ReadonlyMap<number, readonly TraceEntry[]>,
): TraceEntry[] {
  const ends = new Set(holdings.map(({ until }) => until));
  return (events.get(element) ?? []).filter((entry) => entry.elements !== undefined || ends.has(entry));
}
