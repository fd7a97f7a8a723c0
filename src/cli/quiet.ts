import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../base/logger.ts';
import type { Secrets } from '../base/secrets.ts';
import { checkers as own } from '../checker/index.ts';
import type { Registry, TraceEntry } from '../contract/index.ts';
import { execute, type Outcome } from '../executor/index.ts';
import { Journal } from '../history/index.ts';
import type { Timeline } from '../timeline/index.ts';
import { endOf, openEnvironment } from './open.ts';
import { Patience } from './patience.ts';

export interface Quiet {
  readonly secrets: Secrets;
  /** Where the history goes, and what the nodes have published, where a checker may look at that. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly trace?: ((entry: TraceEntry) => void) | undefined;
}

/** A run of which only its caller hears: without a log, a line on the terminal, or a place in the store. */
export async function runQuietly(
  timeline: Timeline,
  registry: Registry,
  { secrets, folder, signal, trace }: Quiet,
): Promise<Outcome & { readonly historyPath: string }> {
  const environment = await openEnvironment(timeline, registry, { log: silentLogger, trace });
  const historyPath = join(folder, 'history.jsonl');
  mkdirSync(folder, { recursive: true });
  const patience = new Patience(signal);
  try {
    const outcome = await execute({
      timeline,
      registry,
      environment,
      secrets,
      // Nobody needs the history of a run that was killed: it is written by chunks.
      journal: new Journal(historyPath, () => {}),
      historyPath,
      log: silentLogger,
      signal: endOf(environment, signal),
      patience: () => patience.begin(),
      wantsLogs: wantsLogs(timeline, registry),
      logFolder: () => folder,
      redactFile: () => {},
      observe: () => {},
    });
    return { ...outcome, historyPath };
  } finally {
    patience.end();
  }
}

/** Whether somebody may look at what the nodes have written: see `readsLogs`. */
function wantsLogs(timeline: Timeline, registry: Registry): boolean {
  const named = timeline.checkers.map(({ name }) => registry.checkers.get(name));
  return named.some((module) => module === undefined || module.readsLogs === true || !own.includes(module));
}
