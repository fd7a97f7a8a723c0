import type { Access, Operation } from './client.ts';

/**
 * Operations of registers, each a key that holds an integer:
 *
 *     {f: 'read', value: [3, null]}    ok value: [3, its value, or null where there is none]
 *     {f: 'read-node', value: [3, ['n2', null]]}   ok value: [3, ['n2', what the member of that node has itself]]
 *     {f: 'write', value: [3, 1]}      puts it
 *     {f: 'cas', value: [3, [1, 2]]}   ok where it held 1 and now holds 2; fail where it held something else
 */
export const register = {
  async read({ gateway, serializable }: Access, [key]: [number, null]) {
    const { entries } = await gateway.txn([], [{ range: nameOf(key), serializable }]);
    return { type: 'ok', value: [key, held(entries)] };
  },

  async 'read-node'({ at }: Access, [key, [node]]: [number, [string, null]]) {
    const { entries } = await at(node).txn([], [{ range: nameOf(key), serializable: true }]);
    return { type: 'ok', value: [key, [node, held(entries)]] };
  },

  async write({ gateway }: Access, [key, value]: [number, number]) {
    await gateway.txn([], [{ put: nameOf(key), value: String(value) }]);
    return { type: 'ok' };
  },

  async cas({ gateway }: Access, [key, [from, to]]: [number, [number, number]]) {
    const name = nameOf(key);
    const { succeeded, entries } = await gateway.txn(
      [{ key: name, value: String(from) }],
      [{ put: name, value: String(to) }],
      [{ range: name }],
    );
    return succeeded ? { type: 'ok' } : { type: 'fail', error: `it is ${held(entries)}, not ${from}` };
  },
} satisfies Record<string, Operation>;

const nameOf = (key: number) => `register/${key}`;

function held([entries]: readonly (readonly { readonly value: string }[])[]): number | null {
  const entry = entries?.[0];
  return entry === undefined ? null : Number(entry.value);
}
