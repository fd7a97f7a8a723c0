import type { Call } from '../call.ts';
import { crashed, type Model, type ModelOptions, odd, textOf, unknownOperation } from '../model.ts';

/** Values by key, both as texts. */
type Registers = ReadonlyMap<string, string>;
type Micro = readonly [kind: string, key: string, value: string | undefined];

/**
 * Registers that are read and written several at a time: `txn` [["r", k, null], ["w", k, v], ...], all at once, in their order
 * (knossos.model/multi-register). Of a read only the completion's value counts. `initial`: a value per key; others begin
 * as null.
 */
export function multiRegister({ initial, nilRead }: ModelOptions): Model<Registers> {
  const entries = Object.entries((initial ?? {}) as Record<string, unknown>);
  const writes = (call: Call) => (call.input as Micro[]).filter(([kind]) => kind === 'w');
  /** The first read that does not find its value, as [key, value]; undefined where all do. */
  const missed = (state: Registers, call: Call) => {
    const own = new Map<string, string>();
    for (const [kind, key, value] of call.input as Micro[]) {
      if (kind === 'w') own.set(key, value!);
      else if (value !== undefined && (own.get(key) ?? state.get(key) ?? 'null') !== value) {
        return { key, value, own: own.has(key) };
      }
    }
    return undefined;
  };
  return {
    name: 'multi-register',
    initial: new Map(entries.map(([key, value]) => [textOf(key), textOf(value)])),
    accept(call) {
      if (call.f !== 'txn') unknownOperation(call, 'multi-register', ['txn']);
      const micros = micro(call, nilRead);
      return micros.length === 0 ? [] : [{ ...call, input: micros, output: undefined }];
    },
    step(state, call) {
      if (missed(state, call) !== undefined) return undefined;
      const changes = writes(call);
      if (changes.length === 0) return state;
      const next = new Map(state);
      for (const [, key, value] of changes) next.set(key, value!);
      return next;
    },
    key: (state) =>
      [...state]
        .filter(([, value]) => value !== 'null')
        .map(String)
        .sort()
        .join(' '),
    tell: (state) => `{${[...state].map(([key, value]) => `${key}: ${value}`).join(', ')}}`,
    needs(call) {
      const reads = (call.input as Micro[]).filter(([kind, , value]) => kind === 'r' && value !== undefined);
      return reads.length === 0 ? 'nothing' : reads.map(([, key, value]) => `${key} to be ${value}`).join(', ');
    },
    looks: (call) => writes(call).length === 0,
    commute: (a, b) => !touches(a, b) && !touches(b, a),
    // The first read that misses its value must find it: somebody writes it.
    helps(state, call, other) {
      const miss = missed(state, call);
      if (miss === undefined || miss.own) return false;
      return writes(other).findLast(([, key]) => key === miss.key)?.[2] === miss.value;
    },
  };
}

/** Whether one writes what the other reads or writes. */
function touches(a: Call, b: Call): boolean {
  return (a.input as Micro[]).some(
    ([kind, key]) => kind === 'w' && (b.input as Micro[]).some(([, other]) => other === key),
  );
}

/** Reads without a value say nothing: they crashed, or nil is no value. */
function micro(call: Call, nilRead: string): readonly Micro[] {
  const list = crashed(call) ? call.input : call.output;
  if (!Array.isArray(list)) return odd(call, `has no list of micro-operations: ${textOf(list)}`);
  return list.flatMap((one): Micro[] => {
    const [kind, key, value] = Array.isArray(one) && one.length === 3 ? one : [];
    if (kind === 'w' || kind === 'write') return [['w', textOf(key), textOf(value)]];
    if (kind !== 'r' && kind !== 'read')
      return odd(call, `has a micro-operation that is neither a read nor a write: ${textOf(one)}`);
    if (crashed(call) || ((value ?? null) === null && nilRead === 'unknown')) return [];
    return [['r', textOf(key), textOf(value)]];
  });
}
