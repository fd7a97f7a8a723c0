import type { Call } from '../call.ts';
import { crashed, type Model, textOf } from '../model.ts';

/** The calls of a history as the search goes through them: when each begins and ends, and where it is kept while it is open. */
export interface Schedule {
  /** In the order of their invocations. */
  readonly calls: readonly Call[];
  /** Invocations and completions in their order: `i` where call i begins, `~i` where it ends. */
  readonly events: Int32Array;
  /** By call: its bit in a configuration. Open calls have different ones; one that crashed keeps it for ever. */
  readonly slots: Int32Array;
  readonly slotCount: number;
  /** By call: equal calls, equal numbers. They do the same to every state. */
  readonly kinds: Int32Array;
  readonly kindCount: number;
}

export function makeSchedule(accepted: readonly Call[], model: Model): Schedule {
  const calls = [...accepted].sort((a, b) => a.invoke - b.invoke);
  const events = eventsOf(calls);
  const slots = new Int32Array(calls.length);
  const free: number[] = [];
  let slotCount = 0;
  for (const event of events) {
    if (event >= 0) slots[event] = free.pop() ?? slotCount++;
    else free.push(slots[~event] as number);
  }
  const numbers = new Map<string, number>();
  const kinds = Int32Array.from(calls, ({ f, input, output, process }) => {
    const text = `${f} ${textOf(input)} ${output === undefined ? '' : textOf(output)} ${model.byProcess ? process : ''}`;
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  });
  return { calls, events, slots, slotCount, kinds, kindCount: numbers.size };
}

/** Of calls that stand for one (a drain's) all begin before any ends: they have the same indices. */
function eventsOf(calls: readonly Call[]): Int32Array {
  const ends = calls.flatMap((call, i) => (crashed(call) ? [] : [i]));
  ends.sort((a, b) => calls[a]!.complete - calls[b]!.complete);
  const events = new Int32Array(calls.length + ends.length);
  let [begun, ended] = [0, 0];
  for (let at = 0; at < events.length; at++) {
    const begin = calls[begun]?.invoke ?? Number.POSITIVE_INFINITY;
    const end = calls[ends[ended]!]?.complete ?? Number.POSITIVE_INFINITY;
    events[at] = begin < end ? begun++ : ~ends[ended++]!;
  }
  return events;
}

/** By number of calls that have begun: the next one that only looks, and completes by the horizon; -1: none. */
export function nextLooks({ calls }: Schedule, model: Model, horizon: number): Int32Array {
  const found = new Int32Array(calls.length + 1).fill(-1);
  for (let number = calls.length - 1; number >= 0; number--) {
    const call = calls[number]!;
    found[number] = call.complete <= horizon && model.looks(call) ? number : found[number + 1]!;
  }
  return found;
}
