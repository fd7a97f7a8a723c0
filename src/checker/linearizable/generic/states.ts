import type { Call } from '../call.ts';
import type { Model } from '../model.ts';
import type { Schedule } from './schedule.ts';

/** Where a call cannot have ended as it did. */
export const IMPOSSIBLE = -1;

/** So many states and steps are remembered; then those that no configuration has are forgotten. */
const STATES_MAX = 1 << 20;

/**
 * The states that were met, by number, and where each call leads from each: the model is asked once (Lowe 2017, Testing for
 * Linearizability, memoises the sequential specification in the same way).
 */
export class States {
  readonly #model: Model;
  readonly #schedule: Schedule;
  #states: unknown[] = [];
  #numbers = new Map<string | number, number>();
  /** By state * kinds + kind of the call. */
  #steps = new Map<number, number>();

  constructor(model: Model, schedule: Schedule) {
    this.#model = model;
    this.#schedule = schedule;
  }

  number(state: unknown): number {
    const key = this.#model.key(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#states.length);
    return this.#states.push(state) - 1;
  }

  state(number: number): unknown {
    return this.#states[number];
  }

  /** The number of the state after the call, or IMPOSSIBLE. */
  step(number: number, call: number): number {
    const { calls, kinds, kindCount } = this.#schedule;
    const place = number * kindCount + kinds[call]!;
    const known = this.#steps.get(place);
    if (known !== undefined) return known;
    const next = this.#model.step(this.#states[number], calls[call] as Call);
    const found = next === undefined ? IMPOSSIBLE : this.number(next);
    this.#steps.set(place, found);
    return found;
  }

  /** How many states and steps are remembered. */
  get size(): number {
    return this.#states.length + this.#steps.size;
  }

  get full(): boolean {
    return this.size > STATES_MAX;
  }

  /** Forgets all but those states, and gives what each is called now. */
  keep(numbers: Iterable<number>): Map<number, number> {
    const states = this.#states;
    this.#states = [];
    this.#numbers = new Map();
    this.#steps = new Map();
    const renamed = new Map<number, number>();
    for (const number of numbers) if (!renamed.has(number)) renamed.set(number, this.number(states[number]));
    return renamed;
  }
}
