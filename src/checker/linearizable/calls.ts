import { type History, keyed, nameOfKey, type Op, pairs, valueUnder, withPlainNames } from '../../history/index.ts';
import type { Call } from './call.ts';
import { Odd } from './model.ts';

/** One object's calls, and what else of its history is told. */
export interface ObjectCalls {
  readonly calls: Call[];
  /** Indices of completions that ended ok, ascending. */
  readonly oks: number[];
}

/** The name of the only object where there are no keys. */
export const ALONE = '';

/**
 * The calls on each object, in the order of their invocations; what ended `fail` is not there. A read of one node is a read.
 * Objects come in the order in which their first operations complete.
 * @throws Odd for an operation without a key, where there must be one.
 */
export function callsByKey(history: History, isKeyed: boolean): Map<string, ObjectCalls> {
  const objects = new Map<string, ObjectCalls>();
  const valueIn = ({ value }: Op) => (isKeyed ? keyed(value)?.[1] : value);
  for (const { invoke, completion } of pairs(history)) {
    const name = isKeyed ? nameOf(invoke) : ALONE;
    let object = objects.get(name);
    if (object === undefined) {
      object = { calls: [], oks: [] };
      objects.set(name, object);
    }
    if (completion?.type === 'fail') continue;
    // Of a history without keys, whose only other operations are a cas: it would pass for a read of an object called as the node is.
    if (isKeyed && invoke.f === 'read-node' && !Array.isArray(valueIn(invoke)))
      throw new Odd(`read-node (operation ${invoke.index}) has no key: its value is not [key, [node, null]]`);
    const ok = completion?.type === 'ok';
    if (ok) object.oks.push(completion.index);
    const atNode = invoke.f === 'read-node';
    const told = isKeyed ? valueUnder(name, completion?.value) : completion?.value;
    const output = ok ? told : undefined;
    object.calls.push({
      f: atNode ? 'read' : invoke.f,
      input: atNode ? null : valueIn(invoke),
      output: atNode && Array.isArray(output) ? output[1] : output,
      process: invoke.process as number,
      invoke: invoke.index,
      complete: ok ? completion.index : Number.POSITIVE_INFINITY,
    });
  }
  for (const { calls } of objects.values()) calls.sort((a, b) => a.invoke - b.invoke);
  return withPlainNames(objects);
}

function nameOf({ f, index, value }: Op): string {
  const pair = keyed(value);
  if (pair === undefined) throw new Odd(`${f} (operation ${index}) has no key: its value is not [key, value]`);
  return nameOfKey(pair[0]);
}
