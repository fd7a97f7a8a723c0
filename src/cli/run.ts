import { EXIT, PlanRunError } from '../base/errors.ts';
import type { EnvironmentModule } from '../contract/index.ts';
import { reportFailure } from './failure.ts';
import type { PlanOptions } from './main.ts';
import { type Loaded, loadPlans } from './plans.ts';
import { problemsText } from './validate.ts';

/**
 * `plan-run PLAN...`: runs plans one after another. All are validated before anything is started; where an
 * environment must be entered first (the lab's namespaces), this very command is run again inside it.
 * @returns the exit code.
 */
export async function runCommand(
  patterns: readonly string[],
  options: PlanOptions & { json?: boolean; store: string },
): Promise<number> {
  outliveOutput();
  const loaded = await loadPlans(patterns, options);
  const ready = loaded.flatMap((one) =>
    one.ready ? [{ file: one.file, text: one.source?.text ?? '', ...one.ready }] : [],
  );
  if (ready.length < loaded.length) {
    process.stderr.write(problemsText(loaded, process.stderr.isTTY === true));
    process.stderr.write(`${refusal(loaded)}\n`);
    return EXIT.refused;
  }
  const environments = ready.map(({ plan, registry }) => registry.environments.get(plan.environment));
  const inside = await enter(environments.filter((one) => one !== undefined));
  if (inside !== undefined) return inside;

  process.stderr.write(problemsText(loaded, process.stderr.isTTY === true));
  const { perform } = await import('./perform.ts');
  const stop = new AbortController();
  const release = listen(stop);
  const codes: number[] = [];
  try {
    for (const one of ready) {
      if (stop.signal.aborted) break;
      codes.push(await perform({ ...one, json: options.json === true, root: options.store, signal: stop.signal }));
    }
  } finally {
    release();
  }
  return worst(stop.signal.aborted ? [...codes, EXIT.interrupted] : codes);
}

/**
 * A reader that has enough (`| head -1`), or a terminal that was closed, is no reason to leave a run unfinished. What
 * nobody has caught is our bug, and no verdict: Node's own exit code 1 would be taken for one.
 */
function outliveOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('uncaughtException', (error) => {
    reportFailure(error);
    process.exit(EXIT.bug);
  });
}

/** Runs this command inside the first environment that asks for it. @returns its exit code, undefined when inside. */
async function enter(environments: readonly EnvironmentModule[]): Promise<number | undefined> {
  for (const environment of new Set(environments)) {
    const code = await environment.relaunch?.(process.argv.slice(1));
    if (code !== undefined) return code;
  }
  return undefined;
}

/** The first signal ends the run in order, the second one at once. */
function listen(stop: AbortController): () => void {
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
function worst(codes: readonly number[]): number {
  const order = [EXIT.interrupted, EXIT.bug, EXIT.unavailable, EXIT.refused, EXIT.unexpected, EXIT.unknown];
  return order.find((code) => codes.includes(code)) ?? EXIT.expected;
}

function refusal(loaded: readonly Loaded[]): string {
  const refused = loaded.filter((one) => one.ready === undefined).map((one) => one.file);
  return `refused: ${refused.join(', ')}; nothing was started`;
}
