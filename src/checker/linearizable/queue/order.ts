import type { Call, Configuration } from '../call.ts';
import type { Lives } from './lives.ts';
import type { Values } from './values.ts';

/** No more of what came before is told. */
const TAIL = 400;

/** One of the configurations that the queue may be in at the time `end`, to which the history is linearizable, as `lives` has it. */
export function configurationAt(values: Values, lives: Lives, end: number): Configuration {
  const order = inOneOrder(lives);
  const steps: { call: Call | undefined; value: number; out: boolean; time: number }[] = [];
  let [wentIn, cameOut] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of order) {
    wentIn = Math.max(wentIn, lives.inFrom[value]!);
    steps.push({ call: values.enqueue[value], value, out: false, time: wentIn });
    if (lives.taker[value] === undefined) continue;
    cameOut = Math.max(cameOut, lives.outFrom[value]!);
    steps.push({ call: lives.taker[value], value, out: true, time: cameOut });
  }
  // Of those at one time what goes in goes first. The sort is stable.
  steps.sort((a, b) => a.time - b.time || Number(a.out) - Number(b.out));
  const inside = new Set<number>();
  for (const { value, out } of steps) {
    if (out) inside.delete(value);
    else inside.add(value);
  }
  const linearized = steps.flatMap(({ call }) => call ?? []);
  const done = new Set(linearized);
  const pending = values.calls.filter((call) => call.invoke <= end && call.complete > end && !done.has(call));
  return { state: [...inside].map((value) => values.names[value]!), linearized: linearized.slice(-TAIL), pending };
}

/**
 * The values that went in, one after another as both orders have it. Of those that are left one comes first in both: the one whose `in` ends first, or the one whose `out`
 * does. If some y must come out before that x, then y is the one whose `out` ends first; and nothing goes in before y must: it would be x, and x <i y and
 * y <o x was excluded.
 */
function inOneOrder({ present, outFrom, outUntil }: Lives): number[] {
  const byOut = Int32Array.from(present).sort((a, b) => outUntil[a]! - outUntil[b]!);
  const placed = new Set<number>();
  let [nextIn, nextOut] = [0, 0];
  while (placed.size < present.length) {
    while (placed.has(present[nextIn]!)) nextIn++;
    while (placed.has(byOut[nextOut]!)) nextOut++;
    const [x, y] = [present[nextIn]!, byOut[nextOut]!];
    placed.add(outFrom[x]! > outUntil[y]! ? y : x);
  }
  return [...placed];
}
