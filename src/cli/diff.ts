import { EXIT } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { changesMarkdown, changesText, diffJson } from '../report/diff/index.ts';
import { code } from '../report/markdown.ts';
import { type Change, diffTimelines, modulesDiffer } from '../timeline/diff/index.ts';
import type { PlanOptions } from './main.ts';
import { type Loaded, loadGiven, readGiven } from './plans.ts';
import { makeRegistry } from './registry.ts';
import { disarmed } from './review/outputs.ts';
import { isColored, problemsText } from './validate.ts';

export interface DiffOptions extends Pick<PlanOptions, 'env' | 'seed' | 'allowModules'> {
  readonly format: string;
  /** Whether a difference decides the exit code. */
  readonly exitCode?: boolean;
}

/**
 * `plan-run diff A B`: what changes in meaning from one plan to the other.
 * @returns 0; 65 where one of them is refused; with `exitCode` 1 where something changes.
 */
export async function diffCommand(before: string, after: string, options: DiffOptions): Promise<number> {
  const own = makeRegistry();
  const loaded: Loaded[] = [];
  for (const file of [before, after]) {
    const read = readGiven(file);
    loaded.push('problems' in read ? read : await loadGiven(read, own, options));
  }
  // One of the two may be a stranger's, and a workflow's log obeys what a plan may hold.
  const safe = process.env.GITHUB_ACTIONS === 'true' ? disarmed : (text: string) => text;
  process.stderr.write(safe(problemsText(loaded, isColored(process.stderr)), 'text'));
  const [was, is] = loaded.map(({ ready }) => ready);
  if (was === undefined || is === undefined) return EXIT.refused;
  // of a plan that brings modules of its own, they are described there
  const changes = [
    ...modulesDiffer(was.plan.modules, is.plan.modules),
    ...diffTimelines(was.timeline, is.timeline, is.registry),
  ];
  const format = options.format as keyof typeof FORMATS;
  process.stdout.write(safe(FORMATS[format](before, after, changes), format));
  return options.exitCode && changes.length > 0 ? EXIT.unexpected : EXIT.expected;
}

const FORMATS = {
  text: (before: string, after: string, changes: readonly Change[]) =>
    `${printable(before)} → ${printable(after)}\n\n${changesText(changes)}`,
  markdown: (before: string, after: string, changes: readonly Change[]) =>
    `### ${code(before)} → ${code(after)}\n\n${changesMarkdown(changes)}\n`,
  json: (before: string, after: string, changes: readonly Change[]) =>
    `${JSON.stringify(diffJson(before, after, changes), null, 2)}\n`,
};
