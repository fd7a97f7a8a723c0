/** `plan-run check`: judges histories that are there already, our own or others'. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, messageOf, PlanRunError } from '../base/errors.ts';
import type { Registry, Use } from '../contract/index.ts';
import { type Finding, judge, judgeAlone } from '../executor/index.ts';
import { type History, historyFromFile } from '../history/index.ts';
import { parseCheckers } from '../plan/index.ts';
import { checkText, type Dated, drawingsOf, storedLogs } from '../report/index.ts';
import { reportFailure } from './failure.ts';
import { usesFor } from './guess-checkers.ts';
import { makeRegistry } from './registry.ts';
import { rereadable } from './spool.ts';
import { endOfRun, openStored, registryFor, runFolderOf } from './stored.ts';
import { isColored, problemsText } from './validate.ts';

export interface CheckOptions {
  /** A plan's checker block. */
  readonly checker?: string;
  readonly json?: boolean;
  /** Where to draw what a checker has to show. */
  readonly html?: string;
  readonly allowModules?: boolean;
}

/** Judges one after another. @returns the worst exit code: that of an error, then 1, then 2, then 0. */
export async function checkCommand(paths: readonly string[], options: CheckOptions): Promise<number> {
  const own = makeRegistry();
  const given = options.checker === undefined ? undefined : readCheckers(options.checker, own);
  if (given === 'refused') return EXIT.refused;
  if (options.html !== undefined && paths.length > 1)
    throw new PlanRunError('usage', `--html draws one history, and these are ${paths.length}`);
  let worst: number = EXIT.expected;
  for (const [at, path] of paths.entries()) {
    if (at > 0 && options.json !== true) process.stdout.write('\n');
    const code = await checkOne(path, given, own, options).catch(reportFailure);
    if (rank(code) > rank(worst)) worst = code;
  }
  return worst;
}

function rank(code: number): number {
  return [EXIT.expected, EXIT.unknown, EXIT.unexpected].indexOf(code as 0) + 1 || 3 + code;
}

/** The block as a plan has it, under `--checker`. What is wrong with it is told on stderr. */
function readCheckers(text: string, registry: Registry): readonly Use[] | 'refused' {
  if (text.trim() === '') throw new PlanRunError('usage', '--checker names no checker');
  const { checkers, problems, source } = parseCheckers(text, '--checker', registry);
  if (problems.length > 0) {
    const color = isColored(process.stderr as never);
    process.stderr.write(problemsText([{ file: source.file, problems, sources: [source] }], color));
  }
  return checkers ?? 'refused';
}

/** What a history is judged by where its run's plan does not say. */
type Judges = (history: History) => readonly Use[];

/** A finding with the history that it is about. */
export type Told = Finding & { readonly history: string; readonly ops: number; readonly run?: Dated };

/**
 * Judges a history from elsewhere.
 * @throws PlanRunError `refused` where it is malformed, with file and line: then there is no verdict, whatever a checker has found.
 */
export async function checkFile(path: string, judges: Judges, registry: Registry): Promise<Told> {
  const file = historyFromFile(await rereadable(path), { strict: true, name: path });
  return check(path, file, (history) => judgeAlone(history, judges(history), registry));
}

async function check<F extends Finding>(
  name: string,
  file: History,
  judged: (history: History) => Promise<F>,
): Promise<F & Told> {
  const history = new Watched(file);
  const found = await judged(history);
  history.finish();
  return { ...found, history: name, ops: history.length };
}

async function checkOne(
  path: string,
  given: readonly Use[] | undefined,
  own: Registry,
  options: CheckOptions,
): Promise<number> {
  const folder = runFolderOf(path);
  const registry = folder === undefined || given !== undefined ? own : await registryFor(openStored(folder), options);
  const found =
    folder === undefined
      ? await checkFile(path, (history) => given ?? usesFor(history, own, path), own)
      : await checkRun(path, folder, given, registry);
  if (options.json) process.stdout.write(`${JSON.stringify(answer(found), null, 2)}\n`);
  else process.stdout.write(checkText(found, registry, found.run));
  if (options.html !== undefined) await draw(options.html, found, registry);
  if (found.valid === 'unknown') return EXIT.unknown;
  return found.valid ? EXIT.expected : EXIT.unexpected;
}

/** As at the end of its run: what the run did not earn then it does not earn now. By the plan's checkers, unless others are given. */
function checkRun(name: string, folder: string, given: readonly Use[] | undefined, registry: Registry): Promise<Told> {
  const { finished, notes, error, dated } = endOfRun(folder);
  const file = historyFromFile(join(folder, 'history.jsonl'), { strict: true, torn: !finished });
  return check<Finding & { run?: Dated }>(name, file, async (history) => {
    if (given !== undefined)
      return { ...(await judgeAlone(history, given, registry, error)), ...(dated !== undefined && { run: dated }) };
    const circumstances = { notes, error, logs: storedLogs(folder) };
    const results = await judge(openStored(folder).timeline, history, registry, circumstances);
    return { ...results, run: results };
  });
}

/** A history that knows how many operations it has, once it was read to its end, and what kept somebody from reading it. */
class Watched implements History {
  length = 0;
  #ended = false;
  #error: unknown;
  readonly #history: History;

  constructor(history: History) {
    this.#history = history;
  }

  *ops() {
    let count = 0;
    try {
      for (const op of this.#history.ops()) {
        count++;
        yield op;
      }
    } catch (error) {
      this.#error ??= error;
      throw error;
    }
    this.length = count;
    this.#ended = true;
  }

  /** Reads what nobody has read. @throws what anybody who read it was thrown. */
  finish(): void {
    if (this.#error !== undefined) throw this.#error;
    if (!this.#ended) for (const _ of this.ops());
  }
}

/** One checker's finding stands at the top; those of several by their names. */
function answer({ history, valid, why, ops, checkers }: Told): Record<string, unknown> {
  const names = Object.keys(checkers);
  const [only] = names;
  if (only === undefined || names.length > 1) return { history, valid, why, checker: names, ops, checkers };
  const own = checkers[only];
  // The run may have come short where its checker has not.
  return { history, checker: only, ops, ...own, ...(own?.valid !== valid && { valid, why: why.join('; ') }) };
}

/** Draws what the first checker has to show that has anything. @throws PlanRunError `unavailable`. */
async function draw(path: string, { checkers }: Finding, registry: Registry): Promise<void> {
  const [first] = await drawingsOf(checkers, registry);
  if (first === undefined) {
    process.stderr.write('note: there is nothing to draw\n');
    return;
  }
  try {
    writeFileSync(path, first.html);
  } catch (cause) {
    throw new PlanRunError('unavailable', `Cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}
