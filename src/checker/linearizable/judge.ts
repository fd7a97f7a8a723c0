import { durationMs } from '../../base/units.ts';
import { type CheckContext, mergeValid, type Validity } from '../../contract/index.ts';
import { type History, isKeyed } from '../../history/index.ts';
import { Budget } from './budget.ts';
import { callsByKey, type ObjectCalls } from './calls.ts';
import { KEYS_SHOWN, type KeyFinding, type LinearizableFinding } from './finding.ts';
import { guessModel } from './guess.ts';
import type { ModelOptions } from './model.ts';
import { type Judged, judgeObject, type ObjectTask, oddity } from './object.ts';
import { type LinearizableSettings, type ModelName, sizeBytes } from './settings.ts';

/** So long one of several objects is tried before it counts as hard. */
const PATIENCE_MS = 200;

/**
 * Whether each object of a history is linearizable: then the whole is (Herlihy & Wing 1990, theorem 1: locality). Keys are apart for
 * that reason (Horn & Kroening 2015, Faster linearizability checking via P-compositionality).
 */
export async function judge(
  history: History,
  settings: LinearizableSettings,
  { signal }: Pick<CheckContext, 'signal'>,
): Promise<LinearizableFinding> {
  const byKey = settings.keys === 'each' || (settings.keys === 'auto' && isKeyed(history));
  const guess = settings.model === undefined ? guessModel(history, byKey) : undefined;
  const name = settings.model ?? guess?.model;
  if (name === undefined) return unguessable(guess?.operations ?? []);
  let objects: Map<string, ObjectCalls>;
  try {
    objects = callsByKey(history, byKey);
  } catch (error) {
    return { valid: 'unknown', why: oddity(error), model: name };
  }
  const options: ModelOptions = {
    initial: settings.initial,
    nilRead: settings.nil_read,
    reentrant: settings.reentrant,
    permits: settings.permits,
  };
  const budget = new Budget({
    timeMs: durationMs(settings.time_limit),
    memoryBytes: sizeBytes(settings.memory_limit),
    ...(signal === undefined ? {} : { signal }),
  });
  // Where nothing ended ok, nothing was observed: such a key neither spoils the others' verdict nor makes one.
  const observed = [...objects].filter(([, { oks }]) => oks.length > 0);
  const tasks = observed.map(([key, object]): [string, ObjectTask] => [
    key,
    { ...object, model: name, options, ...(byKey && { key }) },
  ]);
  const judged = await judgeAll(new Map(tasks), budget);
  if (judged.size > 0) return summary(name, objects.size - judged.size, judged, byKey);
  const nothing = { model: name, calls: 0, configurations: 0 };
  if (settings.unobserved === 'valid') return { valid: true, ...nothing };
  const why = objects.size === 0 ? 'no operation was attempted' : 'no operation ended ok';
  return { valid: 'unknown', why, ...nothing };
}

/**
 * The objects by their keys. Each is tried here for a while, for few take longer than a thread needs to begin; several that do are judged
 * side by side.
 */
async function judgeAll(tasks: ReadonlyMap<string, ObjectTask>, budget: Budget): Promise<Map<string, Judged>> {
  const judged = new Map<string, Judged>();
  const hard: string[] = [];
  for (const [key, task] of tasks) {
    const tried = new Budget({ ...budget.left, ...(tasks.size > 1 && { patienceMs: PATIENCE_MS }) });
    const found = judgeObject(task, tried.left);
    judged.set(key, found);
    if (found.valid === 'unknown' && !tried.isLeft && budget.isLeft) hard.push(key);
  }
  if (hard.length === 1) judged.set(hard[0]!, judgeObject(tasks.get(hard[0]!)!, budget.left));
  if (hard.length > 1) {
    const { judgeInThreads } = await import('./threads.ts');
    const found = await judgeInThreads(
      hard.map((key) => tasks.get(key)!),
      budget,
    );
    for (const [at, key] of hard.entries()) judged.set(key, found[at]!);
  }
  return judged;
}

function unguessable(operations: readonly string[]): LinearizableFinding {
  if (operations.length === 0) return { valid: 'unknown', why: 'no operation was attempted' };
  return {
    valid: 'unknown',
    why: `which model it has to be does not follow from its operations (${operations.join(', ')}): say so with \`model\``,
  };
}

function summary(
  model: ModelName,
  unobserved: number,
  judged: ReadonlyMap<string, Judged>,
  byKey: boolean,
): LinearizableFinding {
  const all = [...judged.values()];
  const valid = mergeValid(all.map((one) => one.valid));
  const found = {
    model,
    calls: all.reduce((sum, { calls }) => sum + calls, 0),
    configurations: all.reduce((most, { configurations }) => Math.max(most, configurations), 0),
  };
  const evidence = all.find((one) => one.valid === false)?.words?.() ?? {};
  if (!byKey) {
    const { why } = all[0]!;
    return { valid, ...(why === undefined ? {} : { why }), ...found, ...evidence };
  }
  return { valid, ...found, ...evidence, ...ofKeys(judged, unobserved, evidence.why) };
}

function ofKeys(judged: ReadonlyMap<string, Judged>, unobserved: number, whyFirst: string | undefined) {
  const order: readonly Validity[] = [false, 'unknown', true];
  const sorted = order.flatMap((valid) => [...judged].filter(([, one]) => one.valid === valid));
  const count = (valid: Validity) => sorted.filter(([, one]) => one.valid === valid).length;
  const [invalid, unknown] = [count(false), count('unknown')];
  const keys: [string, KeyFinding][] = sorted.slice(0, KEYS_SHOWN).map(([key, { valid, why, calls, failingIndex }]) => [
    key,
    {
      valid,
      ...(why === undefined ? {} : { why }),
      calls,
      ...(failingIndex === undefined ? {} : { failing_index: failingIndex }),
    },
  ]);
  const [firstKey, { why }] = sorted[0]!;
  const about = invalid > 0 ? whyFirst : why;
  const state = invalid > 0 ? 'not linearizable' : 'unknown';
  const others = invalid + unknown === 1 ? '' : ` (${invalid || unknown} of ${sorted.length} keys are ${state})`;
  return {
    ...(about === undefined ? {} : { why: `key ${firstKey}: ${about}${others}` }),
    key_counts: { valid: count(true), invalid, unknown, unobserved },
    failures: sorted.slice(0, Math.min(invalid, KEYS_SHOWN)).map(([key]) => key),
    keys: Object.fromEntries(keys),
  };
}
