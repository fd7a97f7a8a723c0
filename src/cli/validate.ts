import { EXIT } from '../base/errors.ts';
import { type PlanSource, problemsJson, renderProblems } from '../plan/index.ts';
import type { PlanOptions } from './main.ts';
import { type Loaded, loadPlans } from './plans.ts';

/** `plan-run validate`: all problems of all plans. @returns 0, or 65 where one is an error. */
export async function validateCommand(
  patterns: readonly string[],
  options: PlanOptions & { format: string },
): Promise<number> {
  const loaded = await loadPlans(patterns, options);
  if (options.format === 'json') {
    process.stdout.write(`${JSON.stringify(problemsJson(loaded.flatMap((one) => one.problems)), null, 2)}\n`);
  } else process.stdout.write(problemsText(loaded, process.stdout.isTTY === true) || `${fine(loaded)}\n`);
  return loaded.every((one) => one.ready) ? EXIT.expected : EXIT.refused;
}

/** The problems of plans as a person reads them; empty where there are none. */
export function problemsText(loaded: readonly Loaded[], color: boolean): string {
  const sources = loaded.flatMap(({ source }): PlanSource[] => (source ? [source] : []));
  const problems = loaded.flatMap((one) => one.problems);
  return problems.length === 0 ? '' : renderProblems(problems, sources, { color });
}

function fine(loaded: readonly Loaded[]): string {
  return loaded.length === 1 ? `${loaded[0]?.file}: no problems` : `${loaded.length} plans: no problems`;
}
