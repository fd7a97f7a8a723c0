import { Budget } from '../budget.ts';
import type { Call, Decision, Limits } from '../call.ts';
import { lastConfigurations } from './evidence.ts';
import type { Problem } from './problem.ts';
import { type Bound, type Checkpoint, Search } from './search.ts';
import type { Slots } from './slots.ts';

/** Completions between two checkpoints, from which a search that failed is made again; or so many configurations left behind. */
const CHECKPOINT_RETURNS = 128;
const CHECKPOINT_WORK = 200_000;

/** A search on its way through a history, and how to come back to where it was a while ago. */
export class Course {
  readonly search: Search;
  readonly #problem: Problem;
  readonly #slots: Slots;
  readonly #limits: Limits;
  readonly #bound: Bound;
  #last: Checkpoint | undefined;
  #lastButOne: Checkpoint | undefined;
  #work = 0;

  /** @throws Exhausted */
  constructor(problem: Problem, slots: Slots, limits: Limits, from?: Checkpoint, bound: Bound = {}) {
    this.#problem = problem;
    this.#slots = slots;
    this.#limits = limits;
    this.#bound = bound;
    this.#last = from;
    this.search = new Search(problem, slots, new Budget(limits), { from, bound });
  }

  get isThrough(): boolean {
    return this.search.returned === this.#problem.returns.length;
  }

  /** Goes on behind the next completion. @returns false where there is none left, or no configuration gets there. @throws Exhausted */
  advance(): boolean {
    if (this.isThrough) return false;
    const { search } = this;
    const since = search.returned - (this.#last?.returned ?? 0);
    if (since >= CHECKPOINT_RETURNS || search.work - this.#work >= CHECKPOINT_WORK) {
      this.#lastButOne = this.#last;
      this.#last = search.checkpoint();
      this.#work = search.work;
    }
    return search.advance();
  }

  /** What follows when it can go no further. */
  decision(): Decision {
    const { most: configurations, returned } = this.search;
    if (this.isThrough) return { valid: true, configurations };
    const { calls, returns } = this.#problem;
    const failing = calls[returns[returned] as number] as Call;
    const from = { from: this.#lastButOne, bound: this.#bound };
    return {
      valid: false,
      failing,
      last: lastConfigurations(this.#problem, this.#slots, from, this.#limits),
      configurations,
    };
  }
}
