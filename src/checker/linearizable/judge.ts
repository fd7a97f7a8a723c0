import { durationMs } from '../../base/units.ts';
import { type CheckContext, mergeValid, type Validity } from '../../contract/index.ts';
import { type History, isKeyed } from '../../history/index.ts';
import { Budget } from './budget.ts';
import type { Call, Decision, Limits } from './call.ts';
import { callsByKey, type ObjectCalls } from './calls.ts';
import { explain } from './evidence.ts';
import { KEYS_SHOWN, type KeyFinding, type LinearizableFinding } from './finding.ts';
import { decide } from './generic/decide.ts';
import { guessModel } from './guess.ts';
import { type Model, type ModelOptions, Odd } from './model.ts';
import { makeModel } from './models/index.ts';
import { decideRegister } from './register/index.ts';
import { type LinearizableSettings, type ModelName, sizeBytes } from './settings.ts';

/** What is known of one object. */
interface Judged {
  readonly valid: Validity;
  readonly why?: string;
  readonly calls: number;
  readonly configurations: number;
  readonly invalid?: Extract<Decision, { valid: false }>;
}

/**
 * Whether each object of a history is linearizable: then the whole is (Herlihy & Wing 1990, theorem 1: locality). Keys are apart for
 * that reason (Horn & Kroening 2015, Faster linearizability checking via P-compositionality).
 */
export function judge(
  history: History,
  settings: LinearizableSettings,
  { signal }: Pick<CheckContext, 'signal'>,
): LinearizableFinding {
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
  const judged = new Map<string, Judged>();
  // Where nothing ended ok, nothing was observed: such a key neither spoils the others' verdict nor makes one.
  for (const [key, object] of objects)
    if (object.oks.length > 0) judged.set(key, judgeObject(object, name, options, budget.left));
  if (judged.size > 0) return summary(name, options, objects, judged, byKey);
  const nothing = { model: name, calls: 0, configurations: 0 };
  if (settings.unobserved === 'valid') return { valid: true, ...nothing };
  const why = objects.size === 0 ? 'no operation was attempted' : 'no operation ended ok';
  return { valid: 'unknown', why, ...nothing };
}

function judgeObject({ calls }: ObjectCalls, name: ModelName, options: ModelOptions, limits: Limits): Judged {
  const model = makeModel(name, options);
  let accepted: Call[];
  try {
    accepted = calls.flatMap((call) => model.accept(call));
  } catch (error) {
    return { valid: 'unknown', why: oddity(error), calls: calls.length, configurations: 0 };
  }
  const decision = decideObject(accepted, model, options, limits);
  const found = { calls: accepted.length, configurations: decision.configurations };
  if (decision.valid === false) return { valid: false, invalid: decision, ...found };
  return decision.valid === true ? { valid: true, ...found } : { valid: 'unknown', why: decision.why, ...found };
}

/** Registers have an engine of their own, which knows more about them. */
function decideObject(calls: readonly Call[], model: Model, { nilRead }: ModelOptions, limits: Limits): Decision {
  if (model.name !== 'register' && model.name !== 'cas-register') return decide(calls, model, limits);
  return decideRegister(calls, { initial: model.initial, nilRead, cas: model.name === 'cas-register' }, limits);
}

/** @throws what is not Odd. */
function oddity(error: unknown): string {
  if (error instanceof Odd) return error.message;
  throw error;
}

function unguessable(operations: readonly string[]): LinearizableFinding {
  if (operations.length === 0) return { valid: 'unknown', why: 'no operation was attempted' };
  return {
    valid: 'unknown',
    why: `which model it has to be does not follow from its operations (${operations.join(', ')}): say so with \`model\``,
  };
}

function summary(
  name: ModelName,
  options: ModelOptions,
  objects: ReadonlyMap<string, ObjectCalls>,
  judged: ReadonlyMap<string, Judged>,
  byKey: boolean,
): LinearizableFinding {
  const all = [...judged.values()];
  const valid = mergeValid(all.map((one) => one.valid));
  const found = {
    model: name,
    calls: all.reduce((sum, { calls }) => sum + calls, 0),
    configurations: all.reduce((most, { configurations }) => Math.max(most, configurations), 0),
  };
  const first = [...judged].find(([, one]) => one.invalid !== undefined);
  const words = (key: string, { invalid }: Judged) =>
    explain(invalid!, { model: makeModel(name, options), ...objects.get(key)!, ...(byKey ? { key } : {}) });
  const evidence = first === undefined ? {} : words(...first);
  if (!byKey) {
    const { why } = all[0]!;
    return { valid, ...(why === undefined ? {} : { why }), ...found, ...evidence };
  }
  const unobserved = objects.size - judged.size;
  return { valid, ...found, ...evidence, ...ofKeys(judged, unobserved, evidence.why) };
}

function ofKeys(judged: ReadonlyMap<string, Judged>, unobserved: number, whyFirst: string | undefined) {
  const order: readonly Validity[] = [false, 'unknown', true];
  const sorted = order.flatMap((valid) => [...judged].filter(([, one]) => one.valid === valid));
  const count = (valid: Validity) => sorted.filter(([, one]) => one.valid === valid).length;
  const [invalid, unknown] = [count(false), count('unknown')];
  const keys: [string, KeyFinding][] = sorted.slice(0, KEYS_SHOWN).map(([key, { valid, why, calls, invalid }]) => [
    key,
    {
      valid,
      ...(why === undefined ? {} : { why }),
      calls,
      ...(invalid === undefined ? {} : { failing_index: invalid.failing.complete }),
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
