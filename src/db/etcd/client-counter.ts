import type { Access, Operation } from './client.ts';
import type { Entry } from './client-gateway.ts';
import { optimistic, unchanged } from './client-optimistic.ts';

const COUNTER = 'counter';

/**
 * A counter, a key that holds an integer; it begins at 0:
 *
 *     {f: 'add', value: -3}      reads it, and writes the sum where nobody has changed it since
 *     {f: 'read', value: null}   ok value: the sum
 *
 * etcd adds nothing itself.
 */
export const counter = {
  add(access: Access, amount: number) {
    return optimistic(access, [{ range: COUNTER }], ([found]) => ({
      compare: [unchanged(COUNTER, found?.[0])],
      success: [{ put: COUNTER, value: String(sumOf(found?.[0]) + amount) }],
      outcome: { type: 'ok' },
    }));
  },

  async read({ gateway, serializable }: Access, _value: null) {
    const { entries } = await gateway.txn([], [{ range: COUNTER, serializable }]);
    return { type: 'ok', value: sumOf(entries[0]?.[0]) };
  },
} satisfies Record<string, Operation>;

const sumOf = (entry: Entry | undefined) => Number(entry?.value ?? 0);
