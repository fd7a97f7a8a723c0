/**
 * Operations on one of many independent objects. Their values are `[key, value]`, as our workloads write them and as
 * Jepsen's `independent/tuple` is printed.
 */
import type { Op } from './op.ts';
import type { History } from './read.ts';

/** The key, a string, number or boolean, and the value within a keyed operation's value; undefined where it has no key. */
export function keyed(value: unknown): readonly [key: unknown, value: unknown] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  return typeof value[0] === 'object' ? undefined : (value as [unknown, unknown]);
}

/** What would be taken for a number, for another value, or for a string in quotes. */
const AMBIGUOUS = /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$|(?:true|false|null)$|["[{])/;

/** A key as a name: equal keys, equal names, and no others. A string is its own, in quotes where it looks like another key, for 2 and "2" are two. */
export function nameOfKey(key: unknown): string {
  return typeof key === 'string' && !AMBIGUOUS.test(key) ? key : JSON.stringify(key);
}

/** The value that an operation on the key of that name has there: what completes one may leave out the key. */
export function valueUnder(name: string, value: unknown): unknown {
  const own = keyed(value);
  return own !== undefined && nameOfKey(own[0]) === name ? own[1] : value;
}

/** What is known by names of keys, without the quotes where no other key is called so: for people. */
export function withPlainNames<N extends string | null | undefined, T>(byName: ReadonlyMap<N, T>): Map<N, T> {
  const named = new Map<N, T>();
  for (const [name, item] of byName) {
    const plain = (name?.startsWith('"') ? JSON.parse(name) : name) as N;
    named.set(byName.has(plain) ? name : plain, item);
  }
  return named;
}

/** Whether every client operation carries a key. Of none: no. */
export function isKeyed(history: History): boolean {
  let any = false;
  for (const { f, process, type, value } of history.ops()) {
    if (typeof process !== 'number' || type !== 'invoke') continue;
    if (keyed(value) === undefined) return false;
    // The value of a cas is a pair, too: the others decide.
    any ||= f !== 'cas';
  }
  return any;
}

/**
 * The history of each key, in the order of their first operations, with the values that the operations have there. A completion belongs to
 * the key that its process has asked for, also where it does not repeat it.
 */
export function byKey(history: History): Map<string, Op[]> {
  const histories = new Map<string, Op[]>();
  const asked = new Map<number, string>();
  for (const op of history.ops()) {
    if (typeof op.process !== 'number') continue;
    const own = nameOfKey(keyed(op.value)?.[0] ?? null);
    const name = op.type === 'invoke' ? own : (asked.get(op.process) ?? own);
    if (op.type === 'invoke') asked.set(op.process, name);
    const underKey = { ...op, value: valueUnder(name, op.value) };
    const ops = histories.get(name);
    if (ops === undefined) histories.set(name, [underKey]);
    else ops.push(underKey);
  }
  return withPlainNames(histories);
}
