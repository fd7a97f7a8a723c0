import type { Budget } from '../budget.ts';
import type { Call, Configuration } from '../call.ts';
import type { Model } from '../model.ts';
import { Pool } from './pool.ts';
import { nextLooks, type Schedule } from './schedule.ts';
import { IMPOSSIBLE, States } from './states.ts';

export type Outcome =
  | { readonly end: 'through' }
  /** No configuration lets this call (its number) complete. */
  | { readonly end: 'stuck'; readonly call: number };

/** Bytes of a state and of a step that is remembered, about. */
const STATE_BYTES = 250;
/** So many configurations are worked on between two looks at the clock. */
const WORK_BETWEEN_LOOKS = 256;
/** With so many of its like a configuration is compared, to see whether it is superfluous. */
const LIKES_MAX = 32;

/**
 * Just-in-time linearization (Lowe 2017, Testing for Linearizability, section 4): goes through the events, and holds all
 * configurations in which the object may be. Nothing is linearized before it must be: where a call completes that has not
 * taken effect, others that are open may take effect before it, and it does.
 *
 * Which others need to be tried? Each rule below leaves out configurations, and none leaves out the last one from which the
 * rest of the history can be linearized. Let R be a linearization of that rest.
 *
 * 1. *Looking.* A call that only looks and is possible now takes effect now: in R it can be moved to the front.
 * 2. *Equals.* Of equal open calls the one that completes first goes first: in R the two can change places.
 * 3. *Order that matters* (stubborn sets: Valmari 1990, Stubborn Sets for Reduced State Space Generation). Begin with the
 *    call that completes. For each that is possible take in the open calls with which it does not commute; for each that is
 *    not, those of which one must come before it. The first call of R that was taken in is possible now: were it not,
 *    one that helps it would come before it, and that was taken in too. It commutes with all that R has before it: it can
 *    be moved to the front. So it is enough to try those that were taken in and are possible.
 * 4. *Nothing gained.* A crashed call that would change nothing need not happen; nor one that leads to a state that nobody sees.
 * 5. *Superfluous.* A configuration that differs from another one of the same state only in fewer looks taken, or in more
 *    crashed calls used: what R does from it can be done from the other. If nobody sees its state (Model.unseen), one of any state that
 *    differs only in fewer looks taken and in more calls used: let the other use these, too, which is possible. R has no look before
 *    it makes the two states equal, and all else that it has until then is possible anywhere.
 * 6. *Unseen.* Where all that change something are always possible, and none that must complete will look, any order does.
 * 7. *Hopeless.* One from which an open call, or the next look that is to come, can never complete. This looks ahead: that
 *    the search ends early does not tell where the history goes wrong (decide.ts finds that out). `horizon` is how
 *    far it may see: calls that complete later count as crashed.
 */
export class Search {
  readonly #schedule: Schedule;
  readonly #model: Model;
  readonly #horizon: number;
  readonly #budget: Budget;
  /** Bytes that the budget has been told of. */
  #told = 0;
  readonly #states: States;
  readonly #words: number;
  #now: Pool;
  #next: Pool;
  /** Bits of the open calls; of those that only look; of those that must complete. */
  readonly #open: Int32Array;
  readonly #looks: Int32Array;
  readonly #must: Int32Array;
  /** By bit: the call; a row of bits of those it does not commute with; a row of equals that go first. */
  readonly #calls: Int32Array;
  readonly #disturbs: Int32Array;
  readonly #equals: Int32Array;
  /** By number of calls that have begun: the next one that only looks and must complete; -1: none. */
  readonly #nextLooks: Int32Array;
  #begun = 0;
  /** Of the completion in question. */
  #time = 0;
  /** Completions so far. */
  completed = 0;
  readonly #taken: Int32Array;
  readonly #stack: number[] = [];
  readonly #tries: number[] = [];
  /** Who took effect after whom, from call `traceFrom` on: pairs of the record before and the call. */
  readonly #records: number[] = [0, -1];
  readonly #traceFrom: number;
  #worked = 0;
  /** How many configurations there were at a time, at most. */
  peak = 1;

  constructor(
    schedule: Schedule,
    model: Model,
    { horizon, budget, traceFrom }: { horizon: number; budget: Budget; traceFrom?: number },
  ) {
    this.#schedule = schedule;
    this.#model = model;
    this.#horizon = horizon;
    this.#budget = budget;
    this.#traceFrom = traceFrom ?? Number.POSITIVE_INFINITY;
    this.#states = new States(model, schedule);
    const { slotCount } = schedule;
    this.#words = Math.max(1, Math.ceil(slotCount / 32));
    this.#now = new Pool(this.#words);
    this.#next = new Pool(this.#words);
    this.#open = new Int32Array(this.#words);
    this.#looks = new Int32Array(this.#words);
    this.#must = new Int32Array(this.#words);
    this.#taken = new Int32Array(this.#words);
    this.#calls = new Int32Array(slotCount);
    this.#disturbs = new Int32Array(slotCount * this.#words);
    this.#equals = new Int32Array(slotCount * this.#words);
    this.#nextLooks = nextLooks(schedule, model, horizon);
  }

  /** Goes through the events up to the horizon. @throws Exhausted */
  run(): Outcome {
    try {
      return this.#run();
    } finally {
      this.#budget.take(-this.#told);
    }
  }

  #run(): Outcome {
    const { calls, events } = this.#schedule;
    const at = this.#now.draft();
    this.#now.data.fill(0, at, at + this.#now.stride);
    this.#now.data[at] = this.#states.number(this.#model.initial);
    this.#now.append();
    for (const event of events) {
      const call = event >= 0 ? event : ~event;
      if ((event >= 0 ? calls[call]!.invoke : calls[call]!.complete) > this.#horizon) break;
      if (event >= 0) this.#begin(call);
      else {
        this.#complete(call);
        if (this.#now.count === 0) return { end: 'stuck', call };
        this.completed++;
      }
    }
    return { end: 'through' };
  }

  /** After `run`: configurations the object may be in, a few. */
  configurations(max: number): Configuration[] {
    const found: Configuration[] = [];
    for (let index = 0; index < Math.min(max, this.#now.count); index++) {
      const at = index * this.#now.stride;
      this.#look(this.#now, at);
      const { data } = this.#now;
      const linearized: Call[] = [];
      for (let record = data[at + 1]!; record !== 0; record = this.#records[record]!) {
        linearized.push(this.#schedule.calls[this.#records[record + 1]!]!);
      }
      const pending: Call[] = [];
      for (let word = 0; word < this.#words; word++) {
        this.#each(word, this.#open[word]! & ~data[at + 2 + word]!, (_, call) => pending.push(call));
      }
      pending.sort((a, b) => a.invoke - b.invoke);
      found.push({ state: this.#states.state(data[at]!), linearized: linearized.reverse(), pending });
    }
    return found;
  }

  /** The latest completion that was looked at so far. */
  get seenUntil(): number {
    const { calls } = this.#schedule;
    let seen = 0;
    const look = (call: number) => {
      const { complete } = calls[call]!;
      if (complete <= this.#horizon) seen = Math.max(seen, complete);
    };
    for (let call = 0; call < this.#begun; call++) look(call);
    for (let begun = 0; begun <= this.#begun; begun++) {
      const next = this.#nextLooks[begun]!;
      if (next >= 0) look(next);
    }
    return seen;
  }

  #begin(number: number): void {
    this.#begun = number + 1;
    const { calls, slots, kinds } = this.#schedule;
    const call = calls[number]!;
    const slot = slots[number]!;
    const [word, bit] = [slot >>> 5, 1 << (slot & 31)];
    const words = this.#words;
    const row = slot * words;
    this.#calls[slot] = number;
    const set = (bits: Int32Array, at: number, mask: number, is: boolean) => {
      bits[at] = is ? bits[at]! | mask : bits[at]! & ~mask;
    };
    set(this.#looks, word, bit, this.#model.looks(call));
    set(this.#must, word, bit, call.complete <= this.#horizon);
    this.#disturbs.fill(0, row, row + words);
    this.#equals.fill(0, row, row + words);
    for (let one = 0; one < words; one++) {
      this.#each(one, this.#open[one]!, (other, otherCall, otherNumber) => {
        const otherBit = 1 << (other & 31);
        const disturbs = !this.#commute(call, otherCall);
        set(this.#disturbs, row + one, otherBit, disturbs);
        set(this.#disturbs, other * words + word, bit, disturbs);
        const equal = kinds[number] === kinds[otherNumber];
        const first = otherCall.complete <= call.complete;
        set(this.#equals, row + one, otherBit, equal && first);
        set(this.#equals, other * words + word, bit, equal && !first);
      });
    }
    this.#open[word]! |= bit;
  }

  #commute(a: Call, b: Call): boolean {
    if (this.#model.looks(a) && this.#model.looks(b)) return true;
    return this.#model.commute?.(a, b) ?? false;
  }

  /** Keeps the configurations in which the call has taken effect. */
  #complete(call: number): void {
    this.#time = this.#schedule.calls[call]!.complete;
    const slot = this.#schedule.slots[call]!;
    const [word, bit] = [slot >>> 5, 1 << (slot & 31)];
    const from = this.#now;
    const to = this.#next;
    if (!this.#everywhere(word, bit)) {
      to.clear();
      for (let index = 0; index < from.count; index++) {
        const at = to.draft();
        to.data.set(from.data.subarray(index * from.stride, (index + 1) * from.stride), at);
        this.#settle(to, at);
      }
      for (let index = 0; index < to.count; index++) {
        if ((to.data[index * to.stride + 2 + word]! & bit) === 0) this.#expand(to, index, slot);
        if (++this.#worked % WORK_BETWEEN_LOOKS === 0) this.#account();
      }
      this.peak = Math.max(this.peak, to.count);
      this.#keep(to, from, word, bit);
    }
    for (let index = 0; index < from.count; index++) from.data[index * from.stride + 2 + word]! &= ~bit;
    this.#open[word]! &= ~bit;
    if (this.#states.full) this.#forget();
  }

  #everywhere(word: number, bit: number): boolean {
    const { data, stride, count } = this.#now;
    for (let at = 2 + word; at < count * stride; at += stride) if ((data[at]! & bit) === 0) return false;
    return true;
  }

  /** Tries what may take effect next in a configuration in which the call of `goal` must, some time soon. */
  #expand(pool: Pool, index: number, goal: number): void {
    const words = this.#words;
    const from = index * pool.stride;
    const state = pool.data[from]!;
    const tries = this.#tries;
    tries.length = 0;
    this.#taken.fill(0);
    this.#take(goal >>> 5, 1 << (goal & 31));
    const free = this.#model.free === true && this.#unseen(pool.data, from);
    for (let slot = this.#stack.pop(); slot !== undefined; slot = this.#stack.pop()) {
      const possible = this.#states.step(state, this.#calls[slot]!) !== IMPOSSIBLE;
      if (possible) tries.push(slot);
      for (let word = 0; word < words && !(possible && free); word++) {
        const left = this.#open[word]! & ~pool.data[from + 2 + word]! & ~this.#taken[word]!;
        if (possible) this.#take(word, left & this.#disturbs[slot * words + word]!);
        else this.#take(word, this.#helpers(state, slot, word, left & ~this.#looks[word]!));
      }
    }
    for (const slot of tries) this.#try(pool, from, state, slot);
  }

  #try(pool: Pool, from: number, state: number, slot: number): void {
    for (let word = 0; word < this.#words; word++) {
      const equals = this.#equals[slot * this.#words + word]!;
      if (equals & this.#open[word]! & ~pool.data[from + 2 + word]!) return;
    }
    const [word, bit] = [slot >>> 5, 1 << (slot & 31)];
    const next = this.#states.step(state, this.#calls[slot]!);
    if ((next === state || this.#isUnseen(next)) && (this.#must[word]! & bit) === 0) return;
    const at = pool.draft();
    pool.data.copyWithin(at, from, from + pool.stride);
    pool.data[at] = next;
    pool.data[at + 2 + word]! |= bit;
    this.#record(pool.data, at, slot);
    this.#settle(pool, at);
  }

  #helpers(state: number, slot: number, word: number, bits: number): number {
    const model = this.#model;
    if (model.helps === undefined || bits === 0) return bits;
    const blocked = this.#schedule.calls[this.#calls[slot]!]!;
    const object = this.#states.state(state);
    let helpers = 0;
    this.#each(word, bits, (other, call) => {
      if (model.helps?.(object, blocked, call)) helpers |= 1 << (other & 31);
    });
    return helpers;
  }

  #take(word: number, bits: number): void {
    this.#taken[word]! |= bits;
    this.#each(word, bits, (slot) => this.#stack.push(slot));
  }

  /** Takes what can be seen in the draft, and keeps it, unless it is hopeless. */
  #settle(pool: Pool, at: number): void {
    this.#look(pool, at);
    if (!this.#isHopeless(pool.data, at)) pool.commit();
  }

  #look({ data }: Pool, at: number): void {
    for (let word = 0; word < this.#words; word++) {
      let bits = this.#open[word]! & this.#looks[word]! & ~data[at + 2 + word]!;
      for (; bits !== 0; bits &= bits - 1) {
        const slot = word * 32 + 31 - Math.clz32(bits & -bits);
        if (this.#states.step(data[at]!, this.#calls[slot]!) === IMPOSSIBLE) continue;
        data[at + 2 + word]! |= bits & -bits;
        this.#record(data, at, slot);
      }
    }
  }

  #isHopeless(data: Int32Array, at: number): boolean {
    const model = this.#model;
    if (model.hopeless === undefined) return false;
    const state = this.#states.state(data[at]!);
    const next = this.#nextLooks[this.#begun]!;
    if (next >= 0 && model.hopeless(state, this.#schedule.calls[next]!, this.#time)) return true;
    let hopeless = false;
    for (let word = 0; word < this.#words && !hopeless; word++) {
      this.#each(word, this.#open[word]! & this.#must[word]! & ~data[at + 2 + word]!, (_, call) => {
        hopeless ||= model.hopeless?.(state, call, this.#time) ?? false;
      });
    }
    return hopeless;
  }

  /** Whether nobody that must complete looks any more. */
  #unseen(data: Int32Array, at: number): boolean {
    if (this.#nextLooks[this.#begun] !== -1) return false;
    for (let word = 0; word < this.#words; word++) {
      if (this.#open[word]! & this.#looks[word]! & this.#must[word]! & ~data[at + 2 + word]!) return false;
    }
    return true;
  }

  /** Of the configurations in `from` with the bit, those that are not superfluous. */
  #keep(from: Pool, to: Pool, word: number, bit: number): void {
    to.clear();
    const kept: number[] = [];
    const likes = new Map<number, number[]>();
    for (const unseen of this.#model.unseen === undefined ? [false] : [false, true]) {
      for (let at = 0; at < from.count * from.stride; at += from.stride) {
        const state = from.data[at]!;
        if ((from.data[at + 2 + word]! & bit) === 0 || this.#isUnseen(state) !== unseen) continue;
        const place = to.draft();
        to.data.set(from.data.subarray(at, at + from.stride), place);
        const like = likes.get(state);
        if ((unseen ? kept : like)?.some((other) => this.#serves(to.data, other, place, unseen))) continue;
        if (like === undefined) likes.set(state, [place]);
        else if (like.length < LIKES_MAX) like.push(place);
        if (this.#model.unseen) kept.push(place);
        to.append();
      }
    }
  }

  readonly #isUnseen = (state: number) => this.#model.unseen?.(this.#states.state(state)) === true;

  /** Whether configuration `a` makes `b` superfluous, which is of the same state, or of one that nobody sees. */
  #serves(data: Int32Array, a: number, b: number, unseen: boolean): boolean {
    for (let word = 0; word < this.#words; word++) {
      const [inA, inB] = [data[a + 2 + word]!, data[b + 2 + word]!];
      const looks = this.#looks[word]!;
      const must = unseen ? 0 : this.#must[word]!;
      if ((inB & ~inA & (looks | must)) | (inA & ~inB & ~looks)) return false;
    }
    return true;
  }

  #record(data: Int32Array, at: number, slot: number): void {
    if (this.#begun < this.#traceFrom) return;
    const record = this.#records.push(data[at + 1]!, this.#calls[slot]!) - 2;
    data[at + 1] = record;
  }

  #forget(): void {
    const { data, stride, count } = this.#now;
    const numbers = Array.from({ length: count }, (_, index) => data[index * stride]!);
    const renamed = this.#states.keep(numbers);
    for (let index = 0; index < count; index++) data[index * stride] = renamed.get(numbers[index]!)!;
  }

  #account(): void {
    const { bytes } = this.#now;
    const total = bytes + this.#next.bytes + this.#states.size * STATE_BYTES + this.#records.length * 8;
    this.#budget.take(total - this.#told);
    this.#told = total;
    this.#budget.checkTime();
  }

  /** Calls back for each of the bits in a word: the bit, its call, the call's number. */
  #each(word: number, bits: number, use: (slot: number, call: Call, number: number) => void): void {
    for (let left = bits; left !== 0; left &= left - 1) {
      const slot = word * 32 + 31 - Math.clz32(left & -left);
      const number = this.#calls[slot]!;
      use(slot, this.#schedule.calls[number]!, number);
    }
  }
}
