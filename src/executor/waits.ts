import { type Clock, sleep } from '../base/clock.ts';
import { PlanRunError } from '../base/errors.ts';

/** The promise, or the signal's reason when that comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The promise, or PlanRunError `timeout` when `ms` pass first; `what` says what took so long. */
export function bounded<T>(promise: Promise<T>, clock: Clock, ms: number, what: string): Promise<T> {
  const done = new AbortController();
  const late = sleep(clock, ms, done.signal).then(() => {
    throw new PlanRunError('timeout', `${what} took more than ${ms / 1000} s`, { timedOut: true });
  });
  return Promise.race([promise, late]).finally(() => {
    done.abort();
    late.catch(() => {});
  });
}
