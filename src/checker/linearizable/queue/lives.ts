/**
 * First-in first-out queues into which no value is put twice: what goes wrong goes wrong between two values (Henzinger, Sezgin and Vafeiadis,
 * Aspect-oriented linearizability proofs, CONCUR 2013, section 3; Bouajjani, Emmi, Enea and Hamza, On reducing linearizability to state
 * reachability, ICALP 2015, section 4.2), so that O(n log n) steps decide. Here with dequeues of which nobody knows what they took.
 *
 * A value's life: it goes in at some time within `in`, an interval, and comes out within `out`. The enqueue took effect before the dequeue did, so that
 * `out` does not begin before `in` does. An enqueue that is open ends never; where nobody takes its value it need not happen. Let a <i b mean that a's `in` ends before b's
 * begins, a <o b the same of `out`; what never comes out does so at the end of time. A history in which each value comes out once at most, none
 * before its enqueue was invoked, is linearizable iff no a <i b and b <o a.
 *
 * It is necessary. It suffices: these are interval orders, in which a < b and c < d give a < d or c < b. A cycle of the two has a shortest one,
 * in which they take turns (each is transitive), so a <i b <o c <i d: then a <i d, which spares b and c, or c <i b, and b <o c: a pair that
 * was excluded. So the values can be put in one order v1, v2, ... that has both; let vk go in as early as is possible after v1 ... vk-1 have, and
 * come out as early as is possible, when v1 ... vk-1 have. That is where the `in` of one of v1 ... vk begins, and where the `out` of one does: by the
 * order, before vk's own ends; and the latter is not before the former, nor is the former after the end of vk's `out`.
 *
 * *Nobody knows.* A value a must come out where there is a b, taken out, with a <i b: before `out` of each such b ends (its deadline). If no dequeue has told that it
 * took a, one that is open must have: one that will tell so, or one that crashed, which was invoked before the deadline. Its own end is never:
 * by it nothing comes before anything. So only whether there are enough matters: the n-th deadline must be after the n-th invocation. A crashed dequeue that took what need not come out would
 * only add to what must.
 */
import type { Call } from '../call.ts';
import type { Values } from './values.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** What does not fit, in words. */
export interface Misfit {
  readonly why: string;
}

/** The lives of the values in a history up to a time. */
export class Lives {
  readonly #values: Values;
  /** By value: when it went in and came out, at the earliest and at the latest. */
  readonly inFrom: Float64Array;
  readonly inUntil: Float64Array;
  readonly outFrom: Float64Array;
  readonly outUntil: Float64Array;
  /** By value: the dequeue that took it, as far as is known, or was chosen. */
  readonly taker: (Call | undefined)[] = [];
  /** Values by `inUntil`; by the time when their enqueue was invoked. */
  #ended: Int32Array = new Int32Array(0);
  #begun: Int32Array = new Int32Array(0);

  constructor(values: Values) {
    const count = values.names.length;
    this.#values = values;
    this.inFrom = new Float64Array(count);
    this.inUntil = new Float64Array(count);
    this.outFrom = new Float64Array(count);
    this.outUntil = new Float64Array(count);
  }

  /** Whether the calls invoked by `end`, a time, are linearizable up to there: what does not fit, if not. */
  misfit(end: number): Misfit | undefined {
    return this.#gather(end) ?? this.#agree(end);
  }

  /** Values that went in, all that came out and those whose enqueue ended, by the end of their `in`. */
  get present(): Int32Array {
    return this.#ended;
  }

  #gather(end: number): Misfit | undefined {
    const { names, initial, enqueue, dequeues } = this.#values;
    const present: number[] = [];
    for (let value = 0; value < names.length; value++) {
      const call = enqueue[value];
      const [taker, another] = dequeues[value]!;
      const out = taker !== undefined && taker.complete <= end;
      this.taker[value] = out ? taker : undefined;
      // What it began with went in before all else, one after another.
      const from = value < initial ? value - initial : (call?.invoke ?? NEVER);
      const until = value < initial ? from : call !== undefined && call.complete <= end ? call.complete : NEVER;
      if (out && from > taker.complete) return { why: `nobody had put ${names[value]} in` };
      if (out && another !== undefined && another.complete <= end) {
        return { why: `${names[value]} had been taken out before (${operations(taker)}), and was put in once` };
      }
      if (!out && until === NEVER) continue;
      present.push(value);
      this.inFrom[value] = from;
      this.inUntil[value] = until;
      this.outFrom[value] = out ? Math.max(taker.invoke, from) : NEVER;
      this.outUntil[value] = out ? taker.complete : NEVER;
    }
    this.#ended = sorted(present, this.inUntil);
    this.#begun = sorted(present, this.inFrom);
    return undefined;
  }

  #agree(end: number): Misfit | undefined {
    const { names, dequeues, unknown } = this.#values;
    const due: { value: number; deadline: number; before: number }[] = [];
    /** Of the values that went in after the one in question had: the one that came out first. */
    let before = -1;
    let begun = this.#begun.length - 1;
    for (let at = this.#ended.length - 1; at >= 0; at--) {
      const value = this.#ended[at]!;
      for (; begun >= 0 && this.inFrom[this.#begun[begun]!]! > this.inUntil[value]!; begun--) {
        const later = this.#begun[begun]!;
        if (before < 0 || this.outUntil[later]! < this.outUntil[before]!) before = later;
      }
      const deadline = before < 0 ? NEVER : this.outUntil[before]!;
      if (this.outFrom[value]! < deadline || deadline === NEVER) continue;
      if (this.taker[value] !== undefined) {
        return {
          why: `${names[before]} was put in after ${names[value]}, and had been taken out before this began (${operations(this.taker[before]!)})`,
        };
      }
      const own = dequeues[value]!.find(({ invoke }) => invoke < deadline);
      if (own === undefined) due.push({ value, deadline, before });
      else this.#take(value, own);
    }
    due.sort((a, b) => a.deadline - b.deadline);
    for (const [nth, { value, deadline, before }] of due.entries()) {
      const call = unknown[nth];
      if (call !== undefined && call.invoke < Math.min(deadline, end)) this.#take(value, call);
      else {
        const several =
          nth === 0 ? '' : `: of the dequeues of which nobody knows what they took, each took one at most`;
        return { why: `${names[value]} was put in before ${names[before]} was, and had not been taken out${several}` };
      }
    }
    return undefined;
  }

  /** It must have come out, and this call, which is open, is who took it. */
  #take(value: number, call: Call): void {
    this.taker[value] = call;
    this.outFrom[value] = Math.max(call.invoke, this.inFrom[value]!);
  }
}

function sorted(numbers: readonly number[], by: Float64Array): Int32Array {
  return Int32Array.from(numbers).sort((a, b) => by[a]! - by[b]!);
}

function operations(call: Call): string {
  const { invoke, complete } = call.whole ?? call;
  return `operations ${invoke} to ${complete}`;
}
