/**
 * Random histories of one register, as calls: small ones by the hundred thousand, for oracles to be compared on. They are what
 * a register would have done, or that with a value changed.
 */
import type { Call } from '../../src/checker/linearizable/call.ts';

export interface RegisterShape {
  /** At most so many calls, by at most so many processes. */
  readonly calls: number;
  readonly processes: number;
  /** Written are 0, 1, ... below it; or each value once, 1, 2, ... */
  readonly values: number | 'distinct';
  readonly initial: unknown;
  readonly cas: boolean;
  /** Of a hundred calls so many end info, and so many reads give null instead of what there was. */
  readonly info: number;
  readonly nil: number;
  /** Of a hundred histories so many have a completed read, or a write, changed. */
  readonly mutated: number;
}

type Draft = { -readonly [K in keyof Call]: Call[K] } & { happened: boolean; ends: boolean };

/** Draws of an integer from 0 to below `bound` (xorshift32, Marsaglia 2003): not the best, but many times faster than ours. */
export function draws(seed: number): (bound: number) => number {
  let x = seed | 1;
  return (bound) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % bound;
  };
}

export function randomCalls(below: (bound: number) => number, shape: RegisterShape): Call[] {
  let written = 0;
  const value = () => (shape.values === 'distinct' ? ++written : below(shape.values));
  const size = 1 + below(shape.calls);
  const processes = 1 + below(shape.processes);
  const drafts: Draft[] = [];
  const open: Draft[] = [];
  let state = shape.initial;
  let events = 0;
  let ending = 0;
  const happen = (call: Draft) => {
    if (call.happened) return;
    call.happened = true;
    if (call.f === 'write') state = call.input;
    else if (call.f === 'read') call.output = below(100) < shape.nil ? null : state;
    else {
      const [from, to] = call.input as [unknown, unknown];
      if (from === state) [state, call.output] = [to, call.input];
    }
  };
  while (drafts.length < size || ending > 0) {
    if (drafts.length < size && (ending === 0 || (ending < processes && below(2) === 0))) {
      const f = ['read', 'write', shape.cas ? 'cas' : 'read'][below(3)] as string;
      const input = f === 'read' ? null : f === 'write' ? value() : [value(), value()];
      const ends = below(100) >= shape.info;
      const call = {
        f,
        input,
        output: undefined,
        process: drafts.length,
        invoke: events++,
        complete: Number.POSITIVE_INFINITY,
      };
      open.push({ ...call, happened: false, ends });
      drafts.push(open.at(-1) as Draft);
      if (ends) ending++;
      continue;
    }
    const at = below(open.length);
    const call = open[at] as Draft;
    const returns = below(2) === 0;
    if (!returns || call.ends) happen(call);
    if (!returns || !call.ends) continue;
    open.splice(at, 1);
    ending--;
    if (call.f === 'write') call.output = call.input;
    call.complete = events++;
  }
  // A cas that ended and did not happen has failed.
  const calls = drafts.filter(({ f, output, ends }) => !(f === 'cas' && ends && output === undefined));
  if (below(100) < shape.mutated) {
    const call = calls[below(Math.max(1, calls.length))];
    if (call?.f === 'read' && call.ends) call.output = shape.values === 'distinct' ? below(written + 1) : value();
    else if (call?.f === 'write') call.input = value();
    else if (call?.f === 'cas') call.input = [value(), value()];
  }
  return calls.map(({ f, input, output, process, invoke, complete }) => ({
    f,
    input,
    output: complete === Number.POSITIVE_INFINITY ? undefined : output,
    process,
    invoke,
    complete,
  }));
}
