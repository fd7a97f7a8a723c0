import { EXIT, PlanRunError } from '../base/errors.ts';
import type { AnyEnvironment, Registry } from '../contract/index.ts';
import type { Plan } from '../plan/index.ts';
import { listen, outliveOutput, worst } from './ending.ts';
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
  options: PlanOptions & { json?: boolean; trace?: boolean; store: string },
): Promise<number> {
  outliveOutput();
  const loaded = await loadPlans(patterns, options, 'break');
  const ready = loaded.flatMap((one) =>
    one.ready ? [{ file: one.file, text: one.sources[0]?.text ?? '', ...one.ready }] : [],
  );
  if (ready.length < loaded.length) {
    process.stderr.write(problemsText(loaded, process.stderr.isTTY === true));
    process.stderr.write(`${refusal(loaded)}\n`);
    return EXIT.refused;
  }
  if (options.trace) refuseReal(ready);
  const environments = ready.map(({ plan, registry }) => registry.environments.get(plan.environment.name));
  for (const one of ready) await fetchDatabase(one);
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
      codes.push(
        await perform({
          ...one,
          json: options.json === true,
          trace: options.trace === true,
          root: options.store,
          signal: stop.signal,
        }),
      );
    }
  } finally {
    release();
  }
  return worst(stop.signal.aborted ? [...codes, EXIT.interrupted] : codes);
}

/** @throws PlanRunError `usage` where a trace is asked of an environment that has none. */
function refuseReal(
  plans: readonly { readonly file: string; readonly plan: Plan; readonly registry: Registry }[],
): void {
  for (const { file, plan, registry } of plans) {
    const { name } = plan.environment;
    if (registry.environments.get(name)?.simulated) continue;
    throw new PlanRunError('usage', `--trace tells what simulated nodes do, and ${file} runs in the ${name}`, {
      hint: 'real nodes have logs: nodes/ in the folder of the run; or simulate it: --env sim',
    });
  }
}

/** What real nodes need of the Internet comes now: inside the environment there may be none. */
async function fetchDatabase({ plan, registry }: { readonly plan: Plan; readonly registry: Registry }): Promise<void> {
  if (registry.environments.get(plan.environment.name)?.simulated) return;
  const { name, settings } = plan.database;
  await registry.databases.get(name)?.fetch?.(settings, (words) => process.stderr.write(`${words}\n`));
}

/** Runs this command inside the first environment that asks for it. @returns its exit code, undefined when inside. */
async function enter(environments: readonly AnyEnvironment[]): Promise<number | undefined> {
  for (const environment of new Set(environments)) {
    const code = await environment.relaunch?.(process.argv.slice(1));
    if (code !== undefined) return code;
  }
  return undefined;
}

function refusal(loaded: readonly Loaded[]): string {
  const refused = loaded.filter((one) => one.ready === undefined).map((one) => one.file);
  return `refused: ${refused.join(', ')}; nothing was started`;
}
