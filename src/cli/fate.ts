/**
 * `plan-run fate`: what became of elements. Who has been simulated can be asked again: where the run was not traced it is
 * run once more, and must give the same history, to the byte.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, PlanRunError } from '../base/errors.ts';
import { Secrets } from '../base/secrets.ts';
import type { CheckerResult, Registry, TraceEntry } from '../contract/index.ts';
import { historyFromFile } from '../history/index.ts';
import { concernsAny, fatesOf, proseOf, suspectsOf } from '../report/index.ts';
import { listen } from './ending.ts';
import { runQuietly } from './quiet.ts';
import { openStored, read, registryFor, type Stored } from './stored.ts';
import { readTrace } from './trace.ts';

export interface FateOptions {
  readonly json?: boolean;
  readonly allowModules?: boolean;
}

export async function fateCommand(store: string, given: readonly number[], options: FateOptions): Promise<number> {
  const stored = openStored(store);
  const registry = await registryFor(stored, options);
  const judged = given.length > 0 ? given : suspects(stored, registry);
  const elements = judged ?? [];
  const wanted = new Set(elements);
  const concerns = (entry: TraceEntry) => concernsAny(wanted, entry);
  const trace = elements.length === 0 ? [] : await traceOf(stored, registry, concerns);
  const { timeline } = stored;
  const fates = fatesOf(elements, { timeline, history: historyFromFile(stored.historyPath), trace: trace ?? [] });
  if (options.json) process.stdout.write(`${JSON.stringify(fates, null, 2)}\n`);
  else
    process.stdout.write(
      `${fates.map((fate) => proseOf(fate).join('\n')).join('\n\n') || (judged === undefined ? UNJUDGED : NOTHING)}\n`,
    );
  if (trace === undefined)
    process.stderr.write(`\nnote: ${timeline.environment.name} is no simulation: ${ONLY_CLIENTS}\n`);
  else if (!stored.finished) process.stderr.write(`\nnote: ${CUT}\n`);
  return EXIT.expected;
}

const NOTHING = 'No element is lost, and none turned up. Name one: plan-run fate STORE 596';
const UNJUDGED =
  'What is lost nobody can say: the run has no final read, or no checker that looks for it. Name an element: plan-run fate STORE 596';
const CUT = 'the run was killed, so the end of its trace is missing: nodes may have done more than is told here.';
const ONLY_CLIENTS = 'what the nodes did is in their logs only, and this is what the clients saw.';

/** Elements that the checkers would have explained, a few that are lost, and that turned up; undefined where none has looked. */
function suspects({ folder }: Stored, registry: Registry): number[] | undefined {
  const { checkers = {} } = read(folder, 'results.json') as { checkers?: Record<string, CheckerResult> };
  const found = suspectsOf(checkers, registry);
  const looked = Object.entries(checkers).some(
    ([name, { valid, failed }]) =>
      registry.checkers.get(name)?.suspects !== undefined && failed !== true && valid !== 'unknown',
  );
  return looked || found.length > 0 ? found : undefined;
}

/** What the nodes said and did about the elements; undefined where nobody was simulated. */
async function traceOf(
  stored: Stored,
  registry: Registry,
  concerns: (entry: TraceEntry) => boolean,
): Promise<TraceEntry[] | undefined> {
  const { timeline, tracePath } = stored;
  if (tracePath !== undefined) return readTrace(tracePath, concerns);
  if (registry.environments.get(timeline.environment.name)?.simulated !== true) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-fate-'));
  const stop = new AbortController();
  const release = listen(stop);
  try {
    const trace: TraceEntry[] = [];
    const { historyPath, error } = await runQuietly(timeline, registry, {
      secrets: new Secrets(process.env),
      folder,
      signal: stop.signal,
      trace: (entry) => void (concerns(entry) && trace.push(entry)),
    });
    if (error?.code === 'bug' || error?.code === 'interrupted') throw error;
    if (readFileSync(historyPath).equals(readFileSync(stored.historyPath))) return trace;
    if (error !== undefined) throw error;
  } finally {
    release();
    rmSync(folder, { recursive: true, force: true });
  }
  throw new PlanRunError('unavailable', `${stored.folder} was not traced, and running it again gave another history`, {
    hint: 'it was interrupted, or made by another version; run the plan again with --trace',
  });
}
