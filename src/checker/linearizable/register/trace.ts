/** The steps of a search: what was taken, when, and after which step. Numbers below 0 are where the search began. */
export class Trace {
  readonly #parents: number[] = [];
  readonly #calls: number[] = [];
  readonly #times: number[] = [];

  /** @returns the step's number. */
  add(parent: number, call: number, time: number): number {
    this.#parents.push(parent);
    this.#calls.push(call);
    return this.#times.push(time) - 1;
  }

  /** The steps up to this one, the earliest first, and where they began. */
  path(last: number): { root: number; steps: { call: number; time: number }[] } {
    const steps: { call: number; time: number }[] = [];
    let step = last;
    for (; step >= 0; step = this.#parents[step] as number) {
      steps.push({ call: this.#calls[step] as number, time: this.#times[step] as number });
    }
    return { root: step, steps: steps.reverse() };
  }
}
