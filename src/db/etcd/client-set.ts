import type { Access, Operation } from './client.ts';

/** A key for each element, `set/5`; and `fence/5`, where it was given up. Their values mean nothing. */
const SET = 'set/';
const FENCE = 'fence/';
const PAGE_SIZE = 1_000;

/**
 * Operations of a set:
 *
 *     {f: 'add', value: 5}       puts its key, unless there is a fence against it. Any number of times, with the same effect
 *     {f: 'read', value: null}   ok value: the elements, sorted, at one revision
 *     {f: 'read-node', value: ['n3', null]}  ok value: ['n3', what the member of that node has itself]
 *     {f: 'verify', value: 5}    ok value: [5, whether it was added], and from then on that is so for good
 *
 * A verify puts up a fence where the element is not there, for the addition may be on its way still, and then comes to
 * nothing. It decides nothing else, so whatever goes wrong with it is a `fail`: it can be asked again.
 */
export const set = {
  async add({ gateway }: Access, element: number) {
    const { succeeded } = await gateway.txn(
      [{ key: `${FENCE}${element}`, modRevision: '0' }],
      [{ put: `${SET}${element}`, value: '' }],
    );
    if (succeeded) return { type: 'ok' };
    return { type: 'fail', error: `${element} was verified before it had arrived, and is not to happen any more` };
  },

  async read({ gateway, serializable }: Access, _value: null) {
    return { type: 'ok', value: elementsOf(await gateway.keys(SET, { pageSize: PAGE_SIZE, serializable })) };
  },

  async 'read-node'({ at }: Access, [node]: [string, null]) {
    return {
      type: 'ok',
      value: [node, elementsOf(await at(node).keys(SET, { pageSize: PAGE_SIZE, serializable: true }))],
    };
  },

  async verify({ gateway }: Access, element: number) {
    const { succeeded } = await gateway.txn(
      [{ key: `${SET}${element}`, modRevision: '0' }],
      [{ put: `${FENCE}${element}`, value: '' }],
    );
    return { type: 'ok', value: [element, !succeeded] };
  },
} satisfies Record<string, Operation>;

function elementsOf(keys: readonly string[]): number[] {
  return Array.from(Float64Array.from(keys, (key) => Number(key.slice(SET.length))).sort());
}
