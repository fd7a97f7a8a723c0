/**
 * Who sleeps until a signal aborts at the latest. The signal has one listener for all of them: a run has as many sleepers
 * as clients, most of them on one signal, and each comes and goes with every operation.
 */
export class Sleepers {
  readonly #bySignal = new Map<AbortSignal, { readonly waking: Set<() => void>; readonly abort: () => void }>();

  /** Calls `wake` when `signal` aborts, in the order of adding. */
  add(signal: AbortSignal, wake: () => void): void {
    const known = this.#bySignal.get(signal);
    if (known !== undefined) {
      known.waking.add(wake);
      return;
    }
    const waking = new Set([wake]);
    const abort = () => {
      this.#bySignal.delete(signal);
      for (const one of waking) one();
    };
    this.#bySignal.set(signal, { waking, abort });
    signal.addEventListener('abort', abort, { once: true });
  }

  /** It is not to be woken any more; the last one lets go of the signal. */
  remove(signal: AbortSignal, wake: () => void): void {
    const known = this.#bySignal.get(signal);
    if (known === undefined) return;
    known.waking.delete(wake);
    if (known.waking.size > 0) return;
    this.#bySignal.delete(signal);
    signal.removeEventListener('abort', known.abort);
  }
}
