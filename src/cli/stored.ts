import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, PlanRunError } from '../base/errors.ts';
import type { Registry } from '../contract/index.ts';
import type { Results } from '../executor/index.ts';
import type { Dated } from '../report/index.ts';
import type { Timeline } from '../timeline/index.ts';
import { makeRegistry } from './registry.ts';

/** A run in the store. */
export interface Stored {
  readonly folder: string;
  readonly timeline: Timeline;
  /** The modules from outside that its plan names, relative to the plan's file. */
  readonly modules: readonly string[];
  readonly historyPath: string;
  /** There where the run was traced. */
  readonly tracePath?: string;
  /** Whether it came to its end: its results are there. */
  readonly finished: boolean;
}

/**
 * The folder of the run that a path names, by its folder or by the history in it; undefined where it is a history from elsewhere.
 * @throws PlanRunError `usage` for a folder that holds no run.
 */
export function runFolderOf(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return folderOf(path);
  const beside = basename(path) === 'history.jsonl' && existsSync(join(dirname(path), 'timeline.json'));
  return beside ? dirname(path) : undefined;
}

export interface RunEnd {
  /** Its results are there. */
  readonly finished: boolean;
  readonly notes: readonly string[];
  /** What ended it before its time; null where nothing did. */
  readonly error: string | null;
  /** What its dates count from, and its faults, where it has results. */
  readonly dated?: Dated;
}

/** How a run ended. @throws PlanRunError `usage`. */
export function endOfRun(folder: string): RunEnd {
  if (!existsSync(join(folder, 'results.json')))
    return { finished: false, notes: [], error: 'the run was killed before it was judged' };
  const { notes = [], error = null, start_ns = 0, faults = [] } = read(folder, 'results.json') as Partial<Results>;
  return { finished: true, notes, error, dated: { start_ns, faults } };
}

/** The modules that judge it: the house's, and where it used others those, if they may be loaded. @throws PlanRunError `usage`. */
export async function registryFor(
  { timeline, modules }: Stored,
  { allowModules }: { readonly allowModules?: boolean },
): Promise<Registry> {
  const own = makeRegistry();
  if (modules.length === 0) return own;
  if (!allowModules) {
    throw new PlanRunError('usage', `The run used modules from outside the package: ${modules.join(', ')}`, {
      hint: '--allow-modules loads them: they run code',
    });
  }
  const outside = await (await import('./outside.ts')).loadOutside(timeline.file, modules, own);
  for (const [path, why] of outside.failures)
    throw new PlanRunError('usage', `Cannot load ${path}, as ${timeline.file} names it: ${why}`);
  return makeRegistry(outside.modules);
}

/** Opens a run by its folder; of a folder with several runs, the latest. @throws PlanRunError `usage`. */
export function openStored(given: string): Stored {
  const folder = folderOf(given);
  const trace = join(folder, 'trace.jsonl');
  const timeline = read(folder, 'timeline.json') as Partial<Timeline>;
  const missing = PARTS.find((key) => typeof timeline[key] !== 'object');
  if (missing !== undefined)
    throw new PlanRunError('usage', `${join(folder, 'timeline.json')} is no timeline of a run: it has no ${missing}`);
  return {
    folder,
    timeline: timeline as Timeline,
    modules: (read(folder, 'plan.resolved.json') as { modules?: string[] }).modules ?? [],
    historyPath: join(folder, 'history.jsonl'),
    finished: existsSync(join(folder, 'results.json')),
    ...(existsSync(trace) && { tracePath: trace }),
  };
}

/** What whoever judges a run, or repeats it, takes from its timeline. */
const PARTS = ['environment', 'nodes', 'clients', 'workload', 'steps', 'checkers', 'require'] as const;

function folderOf(given: string): string {
  const folder = [given, join(given, 'latest')].find((one) => existsSync(join(one, 'history.jsonl')));
  if (folder === undefined) {
    throw new PlanRunError('usage', `${given} holds no run: there is no history.jsonl in it`, {
      hint: 'each run says at its end where its files are: store/<plan>/<time>; the last one is store/latest',
    });
  }
  return folder;
}

/** A file of a run: a JSON object. @throws PlanRunError `usage`. */
export function read(folder: string, name: string): object {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  } catch (cause) {
    throw new PlanRunError('usage', `Cannot read ${join(folder, name)}: ${messageOf(cause)}`, { cause });
  }
  if (typeof content === 'object' && content !== null) return content;
  throw new PlanRunError('usage', `Cannot read ${join(folder, name)}: it holds no object`);
}
