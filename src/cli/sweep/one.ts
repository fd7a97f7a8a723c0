import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../base/assert.ts';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import { Secrets } from '../../base/secrets.ts';
import type { PlanFile, Problem } from '../../plan/index.ts';
import { numbersOf, type SweepRun } from '../../report/index.ts';
import { reseed } from '../../timeline/validate.ts';
import { loadGiven, type Ready } from '../plans.ts';
import { type Quiet, runQuietly } from '../quiet.ts';
import { makeRegistry } from '../registry.ts';

/** A plan as it is run: under many seeds. */
export interface Variant {
  /** As it was when the sweep began, whatever becomes of the file meanwhile. */
  readonly given: PlanFile;
  /** What `--set` changes in it. */
  readonly set: readonly string[];
}

/** What the runs of a sweep have in common: what a worker is told when it starts. */
export interface Sweeping {
  readonly variants: readonly Variant[];
  readonly env?: string | undefined;
  readonly allowModules: boolean;
  /** Whether the plans are a stranger's: then `${env:NAME}` is a made-up text, and a thread may not take all of the memory. */
  readonly strange?: boolean;
  /** A folder that is removed when the sweep ends. */
  readonly folder: string;
  /** Whether anybody asks for the histories' hashes. Default: yes; without them a run takes some milliseconds less. */
  readonly hash?: boolean;
}

export interface Task {
  /** Index into `variants`. */
  readonly combination: number;
  readonly seed: number;
}

/**
 * One run of a sweep, from the plan's text to its numbers. It writes below `place` in the sweep's folder, where the next
 * run takes its place. Never throws: what goes wrong is the run's error.
 */
export async function sweepOne(sweeping: Sweeping, task: Task, place: string, signal: AbortSignal): Promise<SweepRun> {
  const secrets = new Secrets(sweeping.strange ? MADE_UP : process.env);
  try {
    return await runOf(sweeping, task, { secrets, folder: join(sweeping.folder, place), signal });
  } catch (error) {
    return failedRun(task.seed, error, secrets);
  }
}

/** What stands for any secret where none may be known. */
const MADE_UP: Readonly<Record<string, string>> = new Proxy({}, { get: (_, name) => `made-up-${String(name)}` });

/** A run that came to nothing. */
export function failedRun(seed: number, error: unknown, secrets?: Secrets): SweepRun {
  const code = error instanceof PlanRunError ? error.code : 'bug';
  const message = secrets?.redact(messageOf(error)) ?? messageOf(error);
  const nothing = { valid: 'unknown', as_expected: false, numbers: {}, history_sha256: null } as const;
  return { seed, ...nothing, why: [message], error: { code, message } };
}

async function runOf(sweeping: Sweeping, task: Task, around: Quiet): Promise<SweepRun> {
  const { timeline, registry } = await readyFor(sweeping, task);
  const { results, error, historyPath } = await runQuietly(timeline, registry, around);
  const { valid, as_expected, why } = results;
  const history_sha256 = sweeping.hash === false ? null : hashOf(historyPath);
  const found = { seed: task.seed, valid, as_expected, why, history_sha256 };
  if (error === undefined) return { ...found, numbers: numbersOf(results) };
  return { ...found, numbers: {}, error: { code: error.code, message: results.error ?? error.message } };
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** What each combination was with the first of its seeds, in this thread. */
const loaded = new WeakMap<Sweeping, Map<number, Ready>>();

/**
 * The plan is read once for all its seeds: that takes longer than some runs. Of a schedule that chance draws, one seed may
 * be refused where others are not.
 */
async function readyFor(sweeping: Sweeping, { combination, seed }: Task): Promise<Ready> {
  const { variants, env, allowModules } = sweeping;
  const { given, set } = variants[combination] as Variant;
  const known = loaded.get(sweeping) ?? new Map<number, Ready>();
  loaded.set(sweeping, known);
  const before = known.get(combination);
  if (before !== undefined) {
    const { problems, ...made } = reseed(before.plan, seed, before.registry);
    refuseWrong(given.file, problems);
    return { ...before, ...made };
  }
  const options = { set, seed, allowModules, ...(env === undefined ? {} : { env }) };
  const { ready, problems, file } = await loadGiven(given, makeRegistry(), options);
  if (ready === undefined) refuseWrong(file, problems);
  assert(ready, 'a plan without problems is ready');
  // A module from outside may change what it is given.
  if (ready.plan.modules.length === 0) known.set(combination, ready);
  return ready;
}

/** @throws PlanRunError `refused` for the first error, if there is one. */
function refuseWrong(file: string, problems: readonly Problem[]): void {
  const wrong = problems.find(({ severity }) => severity === 'error');
  if (wrong === undefined) return;
  throw new PlanRunError('refused', `${file}:${wrong.line}:${wrong.column}: ${wrong.message} [${wrong.rule}]`);
}
