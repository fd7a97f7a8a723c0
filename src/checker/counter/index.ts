import { type CheckerModule, type CheckerResult, NoSettings } from '../../contract/index.ts';
import { pairs } from '../../history/index.ts';
import { countBelow, Numbers } from '../numbers.ts';
import { dated, Stretches } from '../stretches.ts';
import { brief } from '../values.ts';

/** Reads that a result holds; `read_count` and `error_count` count all. */
const KEPT = 10_000;

/** Amounts, each from the index of an operation on. */
class Sums {
  readonly #indices: number[] | Float64Array;
  readonly #sums: Float64Array;

  constructor(indices: Float64Array, amounts: Float64Array) {
    this.#indices = indices;
    this.#sums = new Float64Array(amounts.length + 1);
    for (let i = 0; i < amounts.length; i++) this.#sums[i + 1] = this.#sums[i]! + amounts[i]!;
  }

  before(index: number): number {
    return this.#sums[countBelow(this.#indices, index)] as number;
  }
}

/**
 * A counter starts at zero, `add` adds an integer, `read` returns what it has come to. A read lies between what was certainly
 * there when it began and what can have been there when it ended (jepsen.checker/counter): additions that had ended ok before
 * its invocation count, those invoked before its completion may, one that failed never does. With negative additions, which
 * Jepsen refuses, a bound takes each in the way that makes it weaker. No read: valid, as Jepsen has it.
 *
 * Result: `read_count`, `error_count`, and `[lower, value, upper]` of each read (`reads`) and of each out of bounds (`errors`), in the order of
 * completion, 10,000 at most. Reads the history once; 40 bytes an operation.
 */
export const counter: CheckerModule<typeof NoSettings> = {
  kind: 'checker',
  name: 'counter',
  summary: 'Each read of a counter lies between what was certainly added before it and what may have been.',
  settings: NoSettings,
  judges: ['counter'],
  check(history): CheckerResult {
    // What is added for sure, from the completion on; what may be, from the invocation on: those above zero and those below.
    const sure = { indices: new Numbers(), plus: new Numbers(), minus: new Numbers() };
    const maybe = { indices: new Numbers(), amounts: new Numbers() };
    const reads = { began: new Numbers(), ended: new Numbers(), time: new Numbers(), value: new Numbers() };
    let own = 0;
    let foreign: string | undefined;
    let odd: string | undefined;
    /** Of all amounts, whatever their sign: no sum of some of them is further from zero. */
    let most = 0;
    for (const { invoke, completion } of pairs(history)) {
      if (invoke.f === 'add' || invoke.f === 'read' || invoke.f === 'read-node') own++;
      else foreign ??= invoke.f;
      if (invoke.f === 'add') {
        const amount = invoke.value;
        if (!Number.isSafeInteger(amount)) {
          odd ??= `the value of add ${invoke.index} is not an integer: ${brief(amount)}`;
        } else if (completion?.type !== 'fail') {
          most += Math.abs(amount as number);
          if (most > Number.MAX_SAFE_INTEGER) odd ??= 'the sums are too large to be exact';
          maybe.indices.push(invoke.index);
          maybe.amounts.push(amount as number);
          if (completion?.type !== 'ok') continue;
          sure.indices.push(completion.index);
          sure.plus.push(Math.max(amount as number, 0));
          sure.minus.push(Math.min(amount as number, 0));
        }
      } else if (completion?.type === 'ok' && (invoke.f === 'read' || invoke.f === 'read-node')) {
        const value = invoke.f === 'read' ? completion.value : (completion.value as unknown[] | null)?.[1];
        if (!Number.isSafeInteger(value)) {
          odd ??= `the value of ${invoke.f} ${completion.index} is not an integer: ${brief(value)}`;
          continue;
        }
        reads.began.push(invoke.index);
        reads.ended.push(completion.index);
        reads.time.push(completion.time);
        reads.value.push(value as number);
      }
    }
    if (own === 0 && foreign !== undefined) odd = `no operation is one of a counter; there is ${brief(foreign)}`;
    if (odd !== undefined) return { valid: 'unknown', why: odd };

    // Pairs come in the order of completion.
    const order = Float64Array.from(maybe.indices.view().keys()).sort(
      (a, b) => maybe.indices.at(a) - maybe.indices.at(b),
    );
    const invoked = order.map((i) => maybe.indices.at(i));
    const surePlus = new Sums(sure.indices.view(), sure.plus.view());
    const sureMinus = new Sums(sure.indices.view(), sure.minus.view());
    const maybePlus = new Sums(
      invoked,
      order.map((i) => Math.max(maybe.amounts.at(i), 0)),
    );
    const maybeMinus = new Sums(
      invoked,
      order.map((i) => Math.min(maybe.amounts.at(i), 0)),
    );

    const kept: number[][] = [];
    const errors: number[][] = [];
    let wrong = 0;
    const stretches = new Stretches();
    for (let i = 0; i < reads.value.length; i++) {
      const [began, ended, value] = [reads.began.at(i), reads.ended.at(i), reads.value.at(i)];
      const lower = surePlus.before(began) + maybeMinus.before(ended);
      const upper = maybePlus.before(ended) + sureMinus.before(began);
      const triple = [lower, value, upper];
      if (kept.length < KEPT) kept.push(triple);
      if (value >= lower && value <= upper) {
        stretches.good(reads.time.at(i));
        continue;
      }
      wrong++;
      if (errors.length < KEPT) errors.push(triple);
      stretches.bad(`the counter was read as ${value}, ${bounds(lower, upper)}`, ended, reads.time.at(i));
    }
    return {
      ...(wrong === 0 ? { valid: true } : { valid: false, why: wording(errors, wrong, reads.value.length) }),
      adds: maybe.indices.length,
      read_count: reads.value.length,
      error_count: wrong,
      reads: kept,
      errors,
      ...dated(stretches.found),
    };
  },
  text({ read_count, error_count, adds, errors }) {
    if (read_count === undefined) return [];
    if (read_count === 0) return [`${adds} additions, and no read: nothing was judged`];
    return [
      `${read_count} reads, ${error_count} out of bounds`,
      ...(errors as [number, number, number][])
        .slice(0, 5)
        .map(([lower, value, upper]) => `read ${value}, ${bounds(lower, upper)}`),
    ];
  },
};

function bounds(lower: number, upper: number): string {
  return lower === upper ? `not ${lower}` : `not from ${lower} to ${upper}`;
}

function wording(errors: readonly number[][], wrong: number, reads: number): string {
  const [lower, value, upper] = errors[0] as [number, number, number];
  const first = `read ${value}, ${bounds(lower, upper)}`;
  return wrong === 1 ? `a counter was ${first}` : `${wrong} of ${reads} reads are out of bounds; the first: ${first}`;
}
