import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, PlanRunError } from '../base/errors.ts';
import type { Registry } from '../contract/index.ts';
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

/** The run that a path names, by its folder or by the history in it; undefined where it is a history from elsewhere. */
export function storedRunOf(path: string): Stored | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return openStored(path);
  const beside = basename(path) === 'history.jsonl' && existsSync(join(dirname(path), 'timeline.json'));
  return beside ? openStored(dirname(path)) : undefined;
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
  const folder = [given, join(given, 'latest')].find((one) => existsSync(join(one, 'history.jsonl')));
  if (folder === undefined) {
    throw new PlanRunError('usage', `${given} holds no run: there is no history.jsonl in it`, {
      hint: 'each run says at its end where its files are: store/<plan>/<time>; the last one is store/latest',
    });
  }
  const trace = join(folder, 'trace.jsonl');
  return {
    folder,
    timeline: read(folder, 'timeline.json') as Timeline,
    modules: (read(folder, 'plan.resolved.json') as { modules?: string[] }).modules ?? [],
    historyPath: join(folder, 'history.jsonl'),
    finished: existsSync(join(folder, 'results.json')),
    ...(existsSync(trace) && { tracePath: trace }),
  };
}

export function read(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'));
  } catch (cause) {
    throw new PlanRunError('usage', `Cannot read ${join(folder, name)}: ${messageOf(cause)}`, { cause });
  }
}
