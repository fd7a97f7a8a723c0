import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, PlanRunError } from '../base/errors.ts';
import type { Timeline } from '../timeline/index.ts';

/** A run in the store. */
export interface Stored {
  readonly folder: string;
  readonly timeline: Timeline;
  /** The modules from outside that its plan names, relative to the plan's file. */
  readonly modules: readonly string[];
  readonly historyPath: string;
  /** There where the run was traced. */
  readonly tracePath?: string;
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
