import type { TraceEntry } from '../../../src/contract/index.ts';
import type { Op } from '../../../src/history/index.ts';
import { type Fate, fatesOf } from '../../../src/report/index.ts';
import type { Timeline } from '../../../src/timeline/index.ts';

const MS = 1_000_000;

/** An entry of the trace, from `12 n1 db gained: writes 5 [5]`: milliseconds, node, process, change, words, elements. */
export function entry(text: string): TraceEntry {
  const [, ms, node, process, what, words, elements] =
    /^(\d+) (client \d+|\S+) (\S+) (\S+): (.*?)(?: \[([\d ]*)\])?$/.exec(text) ?? [];
  return {
    ...{ time: Number(ms) * MS, node: node!, process: process!, what: what!, words: words! },
    ...(elements !== undefined && { elements: elements.split(' ').map(Number) }),
    ...((what === 'gained' || what === 'dropped' || what === 'moved') && { change: what }),
  };
}

/** Operations, from `10 0 add 5`, `12 0 add ok 5`, `90 1 read ok [5]`, `20 nemesis start-cut f1`: milliseconds first. */
export function op(text: string, index: number): Op {
  const [, ms, who, f, type = 'invoke', value] = /^(\d+) (\S+) (\S+)(?: (ok|fail|info))? (.+)$/.exec(text) ?? [];
  const process = who === 'nemesis' ? 'nemesis' : Number(who);
  const given = process === 'nemesis' ? { fault: value } : JSON.parse(value!);
  const error = type === 'info' || type === 'fail' ? { error: 'timeout' } : {};
  return {
    ...{ index, time: Number(ms) * MS, process, f: f!, value: given, ...error },
    type: process === 'nemesis' ? 'info' : (type as Op['type']),
  };
}

const TIMELINE = {
  clients: [
    { client: 0, home: 'n1' },
    { client: 1, home: 'n2' },
  ],
  steps: [{ do: 'inject', fault: 'f1', effect: { hits: [], words: 'cut {n1} from {n2}' } }],
} as unknown as Timeline;

/** The fates of elements in a history and a trace, each a line for an operation or an entry. */
export function fates(elements: readonly number[], history: readonly string[], trace: readonly string[] = []): Fate[] {
  const ops = history.map(op);
  return fatesOf(elements, {
    timeline: TIMELINE,
    history: { ops: () => ops[Symbol.iterator]() },
    trace: trace.map(entry),
  });
}

export const fate = (...given: Parameters<typeof fates>): Fate => fates(...given)[0] as Fate;
