import type { WriteStream } from 'node:tty';
import { EXIT } from '../base/errors.ts';
import { type Problem, problemsJson, renderProblems } from '../plan/index.ts';
import { counted } from '../timeline/words.ts';
import type { PlanOptions } from './main.ts';
import { hasErrors, type Loaded, loadFiles } from './plans.ts';

/** `plan-run validate`: all problems of all plans and inventories. @returns 0, or 65 where one is an error. */
export async function validateCommand(
  patterns: readonly string[],
  options: PlanOptions & { format: string },
): Promise<number> {
  const loaded = await loadFiles(patterns, options);
  if (options.format === 'json') {
    process.stdout.write(`${JSON.stringify(problemsJson(problemsOf(loaded)), null, 2)}\n`);
  } else {
    const problems = problemsText(loaded, isColored(process.stdout));
    process.stdout.write(problems === '' || loaded.length > 1 ? `${problems}${summary(loaded)}\n` : problems);
  }
  return loaded.some((one) => hasErrors(one.problems)) ? EXIT.refused : EXIT.expected;
}

/** Whether it is a terminal with colours, and nobody asked for none (`NO_COLOR`, `TERM=dumb`). */
export function isColored(stream: WriteStream): boolean {
  return stream.isTTY === true && stream.hasColors();
}

/** The problems of plans as a person reads them; empty where there are none. */
export function problemsText(loaded: readonly Loaded[], color: boolean): string {
  const problems = problemsOf(loaded);
  const sources = loaded.flatMap((one) => one.sources);
  return problems.length === 0 ? '' : renderProblems(problems, sources, { color });
}

/** Those of all plans; of an inventory that they share, each once. */
function problemsOf(loaded: readonly Loaded[]): Problem[] {
  const all = loaded
    .flatMap((one) => one.problems)
    .map((problem): [string, Problem] => [JSON.stringify(problem), problem]);
  return [...new Map(all).values()];
}

function summary(loaded: readonly Loaded[]): string {
  const { errors, warnings } = problemsJson(problemsOf(loaded));
  const what = errors + warnings === 0 ? 'no problems' : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
  if (loaded.length === 1) return `${loaded[0]?.file}: ${what}`;
  const refused = loaded.filter((one) => hasErrors(one.problems)).length;
  const gap = errors + warnings === 0 ? '' : '\n';
  return `${gap}${loaded.length} plans${refused === 0 ? '' : `, ${refused} refused`}: ${what}`;
}
