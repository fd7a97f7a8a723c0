import { type History, keyed } from '../../history/index.ts';
import type { ModelName } from './settings.ts';

/** Which operations mean which model: it must have all of the first, may have those of the second, and no others. */
const SIGNS: readonly (readonly [ModelName, must: readonly string[], may: readonly string[]])[] = [
  ['register', ['write'], ['read']],
  ['cas-register', ['cas'], ['read', 'write']],
  ['mutex', ['acquire'], ['release']],
  ['unordered-queue', ['enqueue'], ['dequeue', 'drain']],
  ['append-list', ['append', 'read'], []],
  ['key-value', ['get'], ['put', 'append']],
  ['multi-register', ['txn'], []],
];

/** The model that a history's operations suggest; undefined where they suggest none, or more than one. */
export function guessModel(history: History, isKeyed: boolean): { model?: ModelName; operations: readonly string[] } {
  const fs = new Set<string>();
  let example: unknown;
  for (const { process, f, type, value } of history.ops()) {
    if (typeof process !== 'number') continue;
    const name = f === 'read-node' ? 'read' : f;
    fs.add(name);
    if (name !== 'read' || type !== 'ok') continue;
    const seen = isKeyed ? keyed(value)?.[1] : value;
    example ??= f === 'read-node' && Array.isArray(seen) ? seen[1] : seen;
  }
  const operations = [...fs];
  const fits = (must: readonly string[], may: readonly string[]) =>
    must.every((f) => fs.has(f)) && operations.every((f) => must.includes(f) || may.includes(f));
  if (fits(['add', 'read'], [])) {
    if (Array.isArray(example)) return { model: 'set', operations };
    return typeof example === 'number' ? { model: 'counter', operations } : { operations };
  }
  const model = SIGNS.find(([, must, may]) => fits(must, may))?.[0];
  return model === undefined ? { operations } : { model, operations };
}
