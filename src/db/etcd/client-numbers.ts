/** What etcd counts by itself, whoever writes: the revisions of its store, and the versions of a key (etcd manual, "Data model"). */
import type { Access, Operation } from './client.ts';

const IDS = 'ids';
const NUMBER = 'number';

/**
 * Ids: every change of the store has a revision of its own, from one counter for all keys.
 *
 *     {f: 'generate', value: null}   ok value: the revision of a put, an integer
 */
export const uniqueIds = {
  async generate({ gateway }: Access, _value: null) {
    const { revision } = await gateway.txn([], [{ put: IDS, value: '' }]);
    return { type: 'ok', value: Number(revision) };
  },
} satisfies Record<string, Operation>;

/**
 * A number that only grows: the version of a key, which is one more after each put.
 *
 *     {f: 'increment', value: null}   ok value: the version after it
 *     {f: 'read', value: null}        ok value: the version; 0 where nobody has put it
 */
export const monotonic = {
  async increment({ gateway }: Access, _value: null) {
    const { entries } = await gateway.txn([], [{ put: NUMBER, value: '' }, { range: NUMBER }]);
    return { type: 'ok', value: Number(entries[1]?.[0]?.version) };
  },

  async read({ gateway, serializable }: Access, _value: null) {
    const { entries } = await gateway.txn([], [{ range: NUMBER, serializable }]);
    return { type: 'ok', value: Number(entries[0]?.[0]?.version ?? 0) };
  },
} satisfies Record<string, Operation>;
