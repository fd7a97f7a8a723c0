import type { Budget } from '../budget.ts';
import { Configurations, DEAD } from './configurations.ts';
import { IGNORED, type Problem, READ, WRITE } from './problem.ts';
import type { Slots } from './slots.ts';
import type { Trace } from './trace.ts';

/** Of a search that looks at less than there is, or at more: `bounds.ts`. */
export interface Bound {
  /** At most so many configurations go on behind a completion. */
  readonly narrow?: number;
  /** Calls that never complete take effect as often as one likes. */
  readonly unlimited?: boolean;
}

export interface Begin {
  readonly from?: Checkpoint | undefined;
  readonly trace?: Trace;
  readonly bound?: Bound;
}

/** Where a search was between two completions: how many were behind it, and the configurations, row after row. */
export interface Checkpoint {
  readonly returned: number;
  readonly rows: Int32Array;
}

/**
 * Just-in-time linearization (Lowe, Testing for linearizability, 2017, section 4) of a register. Configurations are what the object may
 * have been through; when a call completes, those in which it has not taken effect are taken on by open calls, in every order of use, until it
 * has. No later, no earlier: in any linearization each call can be given the moment of the first completion among its own and those of
 * the calls that come after it, so that what takes effect at a completion ends with the call that completes. `advance` goes on by one completion.
 *
 * A plain configuration is a state with the set D of open calls that have taken effect. A row here says less, and stands for many (bits and
 * words in `configurations.ts`):
 *
 *   state  what the register holds
 *   used   the open writes and cas that were steps
 *   owed   the open reads whose value the state has not been since they were invoked
 *   seen   how many of the open writes that will complete (in order of invocation) were open at the last step that was a write
 *
 * *Equals* (writes of one value; cas of one pair) can be told apart by their ends only. Any linearization can be brought into the order in which,
 * whenever one of them takes effect, it is the one that completes first of those that are open then and have not. For where it is u instead of e, let
 * them change places (or e take that of u, where neither completes and e is not in it). e was invoked by then, and all that comes after
 * completes later than that; u was invoked before, and completes after e, and so after all that comes before e was invoked. The moments of
 * what came before u are the same as before: so it can be done from the first call to the last. Of linearizations we mean these from here on.
 *
 * A row *covers* a plain configuration (state, D) if it has the same state, no read of D is owed, all used calls are in D, each write of D that will
 * complete is among the first `seen`, and so is used each cas of D that will complete. Claim: after each completion each configuration
 * of each linearization is covered by some row, and each row is reached by steps that some linearization has. So there are rows iff there is one.
 *
 * 1. *Reads.* A read changes nothing. It is taken at the first moment, while it is open, at which the state has its value; so it is not owed when
 *    a linearization takes it.
 * 2. *Equals.* Where the linearization takes the first of the equals that are not in D, the row takes the first that it has not used: the same, or
 *    one of D. Either way all used calls are in D again. Of cas that will complete it has used those of D: it is the same, or one that never will.
 * 3. *Absorption.* A write that no read and no cas comes after, before the next write, may take effect directly before that one, and
 *    nobody can tell. So when a write completes, it is enough that a step that was a write came since it was invoked: it is
 *    among the first `seen`. Directly before a cas, a write would be seen: cas do not absorb. But a write that completes may also be
 *    seen later, by calls not invoked yet, if it is the last to take effect: that is the row with its value, after any steps. It needs no
 *    bit, for it is not open any more.
 * 4. *Dominance.* If rows A and B have the same state and the same used cas among those that will complete, and A has used no other call
 *    than B, owes no other read, and has seen as many writes, then A covers what B covers, for each condition above is kept: B may go. This
 *    holds for rows on the way to the completion, too. Not before the completing call was looked for in them, however: of rows that were there
 *    at the beginning those that are through are copied first (`advance`).
 *
 * Which steps are of use: one that is told to an owed read, and a cas that must take effect. Any other one (a write nobody reads, a cas that
 * may never happen) is only of use if a cas follows: were a write next, or the end, the row without the step, and with the rest, would dominate
 * (rule 4: fewer used, and the next write has seen all anyway). Such a row is in *transit*, and goes on by cas only. It may dominate another
 * row all the same: what that one would have written next, the row from which the transit began writes, too, having used less and owing the same.
 * A write of the value that is there is of use only for what it absorbs before a cas.
 *
 * Calls that never complete owe nothing; used or not they stay open. They come last among their equals (rule 2), so that equal ones
 * are used in the order of invocation, and rows that used as many of them are the same.
 */
export class Search {
  /** Completions that are behind it. */
  returned = 0;
  /** The configurations before the next completion; after `advance` gave false, together with those on the way to it. */
  current: Configurations;
  /** Configurations that were left behind, as a measure of work. */
  work = 0;
  /** The most there were at a time. */
  most = 1;

  readonly #problem: Problem;
  readonly #slots: Slots;
  readonly #budget: Budget;
  readonly #trace: Trace | undefined;
  readonly #bound: Bound;
  readonly #readWords: number;
  #spare: Configurations;
  #admitted = 0;

  /** By value, `readWords` words: the open reads of it. */
  readonly #readsOf: Int32Array;
  /** The reads that were invoked since the last completion. */
  readonly #fresh: Int32Array;
  #anyFresh = false;
  /** The cas that will complete. */
  readonly #cas: Int32Array;
  /** Open writes that will complete, as they were invoked. */
  readonly #owable: number[] = [];
  /** Values for which there are open writes. */
  readonly #writable: number[] = [];
  /** Lists of open calls, -1 at the end: by value the writes of it, in the order in which they will complete, ... */
  readonly #writesOf: Int32Array;
  /** ... and the cas that expect it, by what they write, and then in the order in which they will complete. */
  readonly #casOf: Int32Array;
  readonly #after: Int32Array;

  /** With a trace it notes the steps; row r of the checkpoint is the root -1 - r of them. Begins where the object does without a checkpoint. */
  constructor(problem: Problem, slots: Slots, budget: Budget, { from, trace, bound = {} }: Begin = {}) {
    const values = problem.values.length;
    this.#problem = problem;
    this.#slots = slots;
    this.#budget = budget;
    this.#trace = trace;
    this.#bound = bound;
    this.#readWords = slots.readWords;
    this.#readsOf = new Int32Array(values * slots.readWords);
    this.#fresh = new Int32Array(slots.readWords);
    this.#cas = new Int32Array(slots.usedWords);
    this.#writesOf = new Int32Array(values).fill(-1);
    this.#casOf = new Int32Array(values).fill(-1);
    this.#after = new Int32Array(problem.kind.length);
    budget.take(this.#readsOf.byteLength + this.#writesOf.byteLength * 2 + this.#after.byteLength);
    this.current = new Configurations(slots.readWords, this.#cas, budget);
    this.#spare = new Configurations(slots.readWords, this.#cas, budget);
    while (this.returned < (from?.returned ?? 0)) {
      const call = problem.returns[this.returned++] as number;
      this.#admitUntil(problem.complete[call] as number);
      this.#retire(call);
    }
    this.#forgetFresh();
    const { stride } = this.current;
    const rows = from?.rows ?? Int32Array.of(problem.initial, ...new Array(stride - 1).fill(0));
    for (let row = 0; row * stride < rows.length; row++) {
      this.current.draft(rows, row * stride);
      this.current.keep(0, -1 - row);
    }
  }

  checkpoint(): Checkpoint {
    return { returned: this.returned, rows: this.current.compact() };
  }

  /**
   * Goes on behind the next completion. @returns false where no configuration gets there.
   * @throws Exhausted
   */
  advance(): boolean {
    const { kind, complete, to, returns } = this.#problem;
    const call = returns[this.returned] as number;
    this.#admitUntil(complete[call] as number);
    const { current } = this;
    const { narrow } = this.#bound;
    const spare = this.#spare;
    this.#owe(current);
    spare.clear(current.alive);
    const reads = kind[call] === READ;
    const slot = this.#slots.of[call] as number;
    const word = 2 + (reads ? 0 : this.#readWords) + (slot >> 5);
    const bit = 1 << (slot & 31);
    const writes = kind[call] === WRITE;
    const place = writes ? this.#owable.indexOf(call) : 0;
    const originals = current.count;
    const { stride } = current;
    const fits = (row: number) => (((current.rows[row * stride + word] as number) & bit) !== 0) !== reads;
    const seen = (row: number) => current.rows[row * stride + 1] as number;
    const copy = (row: number) => {
      const at = spare.draft(current.rows, row * stride);
      spare.rows[at + word] = (spare.rows[at + word] as number) & ~bit;
      if (writes && place < seen(row)) spare.rows[at + 1] = seen(row) - 1;
      spare.keep(0, current.steps[row] as number);
    };
    // Before any goes, for what a row on the way has more than it: it is not through yet.
    for (let row = 0; row < originals; row++) {
      if (current.rows[row * stride] !== DEAD && (fits(row) || (writes && place < seen(row)))) copy(row);
    }
    for (let row = 0; row < current.count; row++) {
      if (current.rows[row * stride] === DEAD) continue;
      // What comes later has used more.
      if (narrow !== undefined && row >= originals && spare.alive >= narrow) break;
      if (fits(row)) {
        if (row >= originals) copy(row);
        continue;
      }
      // Not in transit: the row before it writes this, too.
      if (writes && current.transit[row] === 0) {
        this.#write(current, row * stride, call, spare, this.#owable.length - 1, 0, row);
      }
      this.#expand(row, writes ? (to[call] as number) : -1);
    }
    this.most = Math.max(this.most, current.alive);
    if (spare.count === 0) return false;
    this.#retire(call);
    this.current = spare;
    this.#spare = current;
    this.returned++;
    if (narrow !== undefined) spare.narrow(narrow);
    return true;
  }

  /** Makes the steps from a row that are of use; none that writes `except`, the value of the write that completes and is to be the last. */
  #expand(row: number, except: number): void {
    const { current } = this;
    const { to, complete } = this.#problem;
    const at = row * current.stride;
    const state = current.rows[at] as number;
    if ((++this.work & 1023) === 0) this.#budget.checkTime();
    let last = -1;
    for (let cas = this.#casOf[state] as number; cas >= 0; cas = this.#after[cas] as number) {
      const target = to[cas] as number;
      if (target === last || this.#isUsed(current.rows, at, cas)) continue;
      last = target;
      const told = this.#isOwedAny(current.rows, at, target);
      const must = complete[cas] !== Number.POSITIVE_INFINITY;
      if (!told && !must && (this.#casOf[target] as number) < 0) continue;
      const copy = current.draft(current.rows, at);
      const { rows } = current;
      this.#enter(rows, copy, target);
      this.#use(rows, copy, cas);
      this.#keep(current, row, cas, told || must ? 0 : 1);
    }
    if (current.transit[row] === 1) return;
    for (let k = 0; k < this.#writable.length; k++) {
      const value = this.#writable[k] as number;
      if (value === except) continue;
      if (value === state && current.rows[at + 1] === this.#owable.length) continue;
      const told = this.#isOwedAny(current.rows, at, value);
      if (!told && (this.#casOf[value] as number) < 0) continue;
      let write = this.#writesOf[value] as number;
      while (write >= 0 && this.#isUsed(current.rows, at, write)) write = this.#after[write] as number;
      if (write < 0) continue;
      this.#write(current, at, write, current, this.#owable.length, told ? 0 : 1, row);
    }
  }

  #write(
    source: Configurations,
    at: number,
    call: number,
    target: Configurations,
    seen: number,
    transit: 0 | 1,
    row: number,
  ): void {
    const copy = target.draft(source.rows, at);
    const { rows } = target;
    this.#enter(rows, copy, this.#problem.to[call] as number);
    rows[copy + 1] = seen;
    if (source === target) this.#use(rows, copy, call);
    this.#keep(target, row, call, transit);
  }

  #keep(target: Configurations, row: number, call: number, transit: 0 | 1): void {
    const parent = this.current.steps[row] as number;
    if (target.keep(transit, parent) && this.#trace !== undefined) {
      const time = this.#problem.complete[this.#problem.returns[this.returned] as number] as number;
      target.steps[target.count - 1] = this.#trace.add(parent, call, time);
    }
  }

  #enter(rows: Int32Array, at: number, value: number): void {
    const words = this.#readWords;
    rows[at] = value;
    for (let k = 0; k < words; k++) {
      rows[at + 2 + k] = (rows[at + 2 + k] as number) & ~(this.#readsOf[value * words + k] as number);
    }
  }

  #isOwedAny(rows: Int32Array, at: number, value: number): boolean {
    const words = this.#readWords;
    for (let k = 0; k < words; k++) {
      if (((rows[at + 2 + k] as number) & (this.#readsOf[value * words + k] as number)) !== 0) return true;
    }
    return false;
  }

  #isUsed(rows: Int32Array, at: number, call: number): boolean {
    const slot = this.#slots.of[call] as number;
    return ((rows[at + 2 + this.#readWords + (slot >> 5)] as number) & (1 << (slot & 31))) !== 0;
  }

  #use(rows: Int32Array, at: number, call: number): void {
    if (this.#bound.unlimited && this.#problem.complete[call] === Number.POSITIVE_INFINITY) return;
    const slot = this.#slots.of[call] as number;
    const word = at + 2 + this.#readWords + (slot >> 5);
    rows[word] = (rows[word] as number) | (1 << (slot & 31));
  }

  /** What was read since the last completion is owed, but where it is the state. */
  #owe(current: Configurations): void {
    if (!this.#anyFresh) return;
    const { rows, count, stride } = current;
    const words = this.#readWords;
    for (let row = 0; row < count; row++) {
      const at = row * stride;
      const state = rows[at] as number;
      if (state === DEAD) continue;
      for (let k = 0; k < words; k++) {
        rows[at + 2 + k] =
          (rows[at + 2 + k] as number) | ((this.#fresh[k] as number) & ~(this.#readsOf[state * words + k] as number));
      }
    }
    this.#forgetFresh();
  }

  #forgetFresh(): void {
    this.#fresh.fill(0);
    this.#anyFresh = false;
  }

  #admitUntil(time: number): void {
    const { kind, invoke, from, to, complete } = this.#problem;
    for (; (invoke[this.#admitted] as number) < time; this.#admitted++) {
      const call = this.#admitted;
      if (kind[call] === IGNORED) continue;
      const slot = this.#slots.of[call] as number;
      const bit = 1 << (slot & 31);
      if (kind[call] === READ) {
        const word = (from[call] as number) * this.#readWords + (slot >> 5);
        this.#readsOf[word] = (this.#readsOf[word] as number) | bit;
        this.#fresh[slot >> 5] = (this.#fresh[slot >> 5] as number) | bit;
        this.#anyFresh = true;
      } else if (kind[call] === WRITE) {
        const value = to[call] as number;
        if (complete[call] !== Number.POSITIVE_INFINITY) this.#owable.push(call);
        if ((this.#writesOf[value] as number) < 0) this.#writable.push(value);
        this.#insert(this.#writesOf, value, call);
      } else {
        if (complete[call] !== Number.POSITIVE_INFINITY) this.#cas[slot >> 5] = (this.#cas[slot >> 5] as number) | bit;
        this.#insert(this.#casOf, from[call] as number, call);
      }
    }
  }

  #retire(call: number): void {
    const { kind, from, to } = this.#problem;
    const slot = this.#slots.of[call] as number;
    const bit = 1 << (slot & 31);
    if (kind[call] === READ) {
      const word = (from[call] as number) * this.#readWords + (slot >> 5);
      this.#readsOf[word] = (this.#readsOf[word] as number) & ~bit;
    } else if (kind[call] === WRITE) {
      const value = to[call] as number;
      this.#owable.splice(this.#owable.indexOf(call), 1);
      this.#remove(this.#writesOf, value, call);
      if ((this.#writesOf[value] as number) < 0) this.#writable.splice(this.#writable.indexOf(value), 1);
    } else {
      this.#cas[slot >> 5] = (this.#cas[slot >> 5] as number) & ~bit;
      this.#remove(this.#casOf, from[call] as number, call);
    }
  }

  #insert(lists: Int32Array, value: number, call: number): void {
    const { to, complete } = this.#problem;
    const isBefore = (other: number) =>
      to[other] === to[call]
        ? (complete[other] as number) <= (complete[call] as number)
        : (to[other] as number) < (to[call] as number);
    let previous = -1;
    let other = lists[value] as number;
    while (other >= 0 && isBefore(other)) {
      previous = other;
      other = this.#after[other] as number;
    }
    this.#after[call] = other;
    if (previous < 0) lists[value] = call;
    else this.#after[previous] = call;
  }

  #remove(lists: Int32Array, value: number, call: number): void {
    let previous = -1;
    let other = lists[value] as number;
    while (other !== call) {
      previous = other;
      other = this.#after[other] as number;
    }
    if (previous < 0) lists[value] = this.#after[call] as number;
    else this.#after[previous] = this.#after[call] as number;
  }
}
