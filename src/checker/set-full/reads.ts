import { countBelow, Numbers } from '../numbers.ts';

/**
 * The reads that ended ok, numbered in the order of completion. Which element was absent from which is never written down: an
 * element that is in read i and was last in read j was absent from all between, and what matters of these is found in O(log n).
 */
export class Reads {
  /** Of the invocations and of the completions: index in the history, and time. */
  readonly invoked = new Numbers();
  readonly invokedTime = new Numbers();
  readonly completed = new Numbers();
  readonly completedTime = new Numbers();
  /** Reads that were invoked after all that have completed since: each the last invoked of those from it on. */
  readonly #latest = new Numbers();

  get count(): number {
    return this.invoked.length;
  }

  add(invoke: { index: number; time: number }, completion: { index: number; time: number }): void {
    const latest = this.#latest;
    while (latest.length > 0 && this.invoked.at(latest.at(latest.length - 1)) < invoke.index) latest.pop();
    latest.push(this.count);
    this.invoked.push(invoke.index);
    this.invokedTime.push(invoke.time);
    this.completed.push(completion.index);
    this.completedTime.push(completion.time);
  }

  /** Of the reads from number `first` to the last there is: the one that was invoked last. */
  lastInvoked(first: number): number {
    return this.#latest.at(countBelow(this.#latest, first));
  }

  /** The first read, from number `first` on, that was invoked after `index`; `count` where there is none. At most the reads open at `index` are passed. */
  firstInvokedAfter(index: number, first: number): number {
    let read = Math.max(first, countBelow(this.completed, index));
    while (read < this.count && this.invoked.at(read) <= index) read++;
    return read;
  }
}
