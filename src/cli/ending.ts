/** How a command that runs plans ends: by a signal, without a reader, by what nobody caught, and with which exit code. */
import { EXIT, PlanRunError } from '../base/errors.ts';
import { reportFailure } from './failure.ts';

/**
 * A reader that has enough (`| head -1`), or a terminal that was closed, is no reason to leave a run unfinished. What
 * nobody has caught is our bug, and no verdict: Node's own exit code 1 would be taken for one.
 */
export function outliveOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('uncaughtException', (error) => {
    reportFailure(error);
    process.exit(EXIT.bug);
  });
}

/** The first signal ends the run in order, the second one at once. */
export function listen(stop: AbortController): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort(new PlanRunError('interrupted', 'The run was interrupted'));
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** Of several plans: interrupted, then errors, then an unexpected verdict, then unknown. */
export function worst(codes: readonly number[]): number {
  const order = [EXIT.interrupted, EXIT.bug, EXIT.unavailable, EXIT.refused, EXIT.unexpected, EXIT.unknown];
  return order.find((code) => codes.includes(code)) ?? EXIT.expected;
}
