/** What the nemesis's operations tell of its faults: for checkers that set what they found beside them. */
import { type History, NEMESIS, type Op } from '../history/index.ts';

/** From the operation that begins a fault to the one that ends it; without one it lasted until the end. */
export type Interval = readonly [start: Op, stop: Op | undefined];

/**
 * The nemesis's intervals, by their begin. A fault is recorded twice at each end, when it is asked for and when it is
 * done, so that starts and stops go in pairs: the first start ends with the first stop of the pair that follows, the
 * second with the second. Of several begun in between, each pair ends with these two (jepsen.util/nemesis-intervals).
 * `start` and `stop` may carry a name (`start-partition`); faults of another name, or with another `fault` in their
 * value, are told apart.
 */
export function nemesisIntervals(history: History): Interval[] {
  const open = new Map<string, { starts: Op[]; stops: Op[] }>();
  const found: Interval[] = [];
  const end = ({ starts, stops }: { starts: Op[]; stops: Op[] }) => {
    for (const [at, start] of starts.entries()) found.push([start, stops[at % 2]]);
  };
  for (const op of history.ops()) {
    if (op.process !== NEMESIS) continue;
    const [, verb, name = ''] = /^(start|stop)(?:-(.+))?$/.exec(op.f) ?? [];
    if (verb === undefined) continue;
    const { fault = '' } = (op.value ?? {}) as { fault?: unknown };
    const key = `${name} ${typeof fault === 'string' ? fault : ''}`;
    const own = open.get(key) ?? { starts: [], stops: [] };
    open.set(key, own);
    if (verb === 'start' && own.stops.length > 0) {
      end(own);
      own.starts = [];
      own.stops = [];
    }
    if (verb === 'start') own.starts.push(op);
    else if (own.starts.length > 0) own.stops.push(op);
    if (own.stops.length === 2) {
      end(own);
      open.delete(key);
    }
  }
  for (const own of open.values()) end(own);
  return found.sort(([a], [b]) => a.index - b.index);
}
