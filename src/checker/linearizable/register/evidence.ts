import { anew, Budget, Exhausted } from '../budget.ts';
import type { Call, Configuration, Limits } from '../call.ts';
import { DEAD } from './configurations.ts';
import { IGNORED, type Problem, READ, WRITE } from './problem.ts';
import { type Begin, Search } from './search.ts';
import type { Slots } from './slots.ts';
import { Trace } from './trace.ts';

/** More configurations than these nobody looks at; nor at more of what came before each. */
export const SHOWN = 8;
export const TAIL = 1000;

/**
 * The configurations before the completion that the search could not get through, one per state at most: it is made again from a
 * checkpoint, with a trace. None where that costs more than `limits` allow.
 */
export function lastConfigurations(
  problem: Problem,
  slots: Slots,
  { from, bound }: Pick<Begin, 'from' | 'bound'>,
  limits: Limits,
): Configuration[] {
  const trace = new Trace();
  try {
    const search = new Search(problem, slots, new Budget(anew(limits)), { from, trace, ...(bound && { bound }) });
    while (search.advance());
    const { rows, steps, count, stride } = search.current;
    const byState = new Map<number, number>();
    for (let row = 0; row < count && byState.size < SHOWN; row++) {
      const state = rows[row * stride] as number;
      if (state !== DEAD && !byState.has(state)) byState.set(state, row);
    }
    const failing = problem.returns[search.returned] as number;
    return [...byState.values()].map((row) => {
      const { root, steps: taken } = trace.path(steps[row] as number);
      const told = new Row(problem, slots, rows, row);
      const began = from === undefined ? undefined : new Row(problem, slots, from.rows, -1 - root);
      const since =
        from === undefined ? -1 : (problem.complete[problem.returns[from.returned - 1] as number] as number);
      return configuration(problem, told, taken, failing, since, began);
    });
  } catch (error) {
    if (error instanceof Exhausted) return [];
    throw error;
  }
}

/** A row of a search, by what it says of calls that are open there. */
class Row {
  readonly state: number;
  readonly #rows: Int32Array;
  readonly #reads: number;
  readonly #used: number;
  readonly #problem: Problem;
  readonly #slots: Slots;

  constructor(problem: Problem, slots: Slots, rows: Int32Array, row: number) {
    this.#problem = problem;
    this.#slots = slots;
    this.#rows = rows;
    this.#reads = row * (2 + slots.readWords + slots.usedWords) + 2;
    this.#used = this.#reads + slots.readWords;
    this.state = rows[this.#reads - 2] as number;
  }

  tookEffect(call: number): boolean {
    const slot = this.#slots.of[call] as number;
    const isRead = this.#problem.kind[call] === READ;
    const word = this.#rows[(isRead ? this.#reads : this.#used) + (slot >> 5)] as number;
    return ((word >> (slot & 31)) & 1) === (isRead ? 0 : 1);
  }
}

/**
 * Puts the calls in order that the steps leave out: a read comes as soon as the state is what it was told, a write that
 * nobody saw directly before the next one that is a step. `began` is the row of the checkpoint, at time `since`, that the steps go out
 * from: what took effect before is not told.
 */
function configuration(
  { calls, kind, from, to, invoke, complete, initial, values }: Problem,
  row: Row,
  steps: readonly { call: number; time: number }[],
  failing: number,
  since: number,
  began: Row | undefined,
): Configuration {
  const end = complete[failing] as number;
  const stepped = new Set(steps.map(({ call }) => call));
  const stateAfter = (count: number) => (count === 0 ? (began?.state ?? initial) : to[steps[count - 1]!.call]);
  /** By the number of steps before: what comes directly after the last of them, and what directly before the next. */
  const reads: number[][] = Array.from({ length: steps.length + 1 }, () => []);
  const unseen: number[][] = Array.from({ length: steps.length }, () => []);
  const pending: Call[] = [];
  let past = 0;
  for (let i = 0; i < calls.length && (invoke[i] as number) < end; i++) {
    if ((complete[i] as number) <= since) continue;
    const invoked = invoke[i] as number;
    const completed = (complete[i] as number) < end;
    // Calls come as they were invoked.
    while (past < steps.length && steps[past]!.time < invoked) past++;
    if (kind[i] === READ) {
      if (!completed && !row.tookEffect(i)) pending.push(calls[i] as Call);
      else if (began === undefined || invoked > since || !began.tookEffect(i)) {
        let place = past;
        while (stateAfter(place) !== from[i]) place++;
        reads[place]!.push(i);
      }
    } else if (kind[i] === IGNORED) {
      if (completed) reads[past]!.push(i);
      else pending.push(calls[i] as Call);
    } else if (!stepped.has(i)) {
      if (completed) {
        let place = past;
        while (place < steps.length && kind[steps[place]!.call] !== WRITE) place++;
        if (kind[i] === WRITE && place < steps.length && steps[place]!.time < (complete[i] as number))
          unseen[place]!.push(i);
      } else if (!row.tookEffect(i)) pending.push(calls[i] as Call);
    }
  }
  const order = steps.flatMap(({ call }, k) => [...reads[k]!, ...unseen[k]!, call]).concat(reads[steps.length]!);
  return {
    state: values[row.state],
    linearized: order.slice(-TAIL).map((i) => calls[i] as Call),
    pending,
  };
}
