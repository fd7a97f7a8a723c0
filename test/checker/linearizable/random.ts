/** Small random histories of a model: mostly ones that are nearly right, for those are where checkers go wrong. */

import type { Rng } from '../../../src/base/rng.ts';
import type { Call } from '../../../src/checker/linearizable/call.ts';
import type { Model } from '../../../src/checker/linearizable/model.ts';

/** What a client may ask of the object; what an object in a state answers it, undefined where it refuses. */
export interface Subject<S = unknown> {
  readonly model: () => Model;
  readonly initial: S;
  ask(rng: Rng, process: number): { f: string; input: unknown };
  /** The answer and the next state of a correct object; undefined: it fails. */
  serve(state: S, f: string, input: unknown, process: number): { output: unknown; next: S } | undefined;
  /** Another answer to the same question; of one that was refused `output` is undefined, and may stay so. */
  lie(rng: Rng, f: string, output: unknown): unknown;
}

/**
 * A history of a correct object: each call takes effect at one moment between its invocation and its completion, or has
 * crashed; with `lies` some are told something else. At most `max` calls; calls that fail are left out.
 */
export function randomCalls<S>(subject: Subject<S>, rng: Rng, max: number, processes: number, lies: boolean): Call[] {
  let state = subject.initial;
  const calls: Drawn[] = [];
  const open: (Drawn | undefined)[] = new Array(processes).fill(undefined);
  const numbers = Array.from(open, (_, client) => client);
  let index = 0;
  for (let turns = 8 * max; turns > 0; turns--) {
    const client = rng.int(0, processes - 1);
    const process = numbers[client] as number;
    const call = open[client];
    if (call === undefined) {
      if (calls.length === max) continue;
      const { f, input } = subject.ask(rng, process);
      const drawn = { f, input, output: undefined, process, invoke: index++, complete: NEVER, served: undefined };
      open[client] = drawn;
      calls.push(drawn);
    } else if (call.served === undefined) {
      const served = subject.serve(state, call.f, call.input, process);
      call.served = served !== undefined;
      if (served !== undefined) {
        state = served.next;
        call.output = served.output;
      }
      if (rng.int(0, 9) > 0) continue;
      // It crashes; so does whatever is open at the end.
      open[client] = undefined;
      numbers[client] = process + processes;
      call.served = true;
    } else {
      open[client] = undefined;
      const told = lies && rng.int(0, 3) === 0 ? subject.lie(rng, call.f, call.output) : call.output;
      call.served = told !== undefined;
      call.output = told;
      call.complete = index++;
    }
  }
  for (const call of calls) if (call.complete === NEVER) call.output = undefined;
  return calls.filter((call) => call.served !== false);
}

const NEVER = Number.POSITIVE_INFINITY;

interface Drawn extends Call {
  output: unknown;
  complete: number;
  /** Whether it was not refused; undefined: it is under way. */
  served: boolean | undefined;
}
