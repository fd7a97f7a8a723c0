import { randomUUID } from 'node:crypto';
import type { Access, Operation } from './client.ts';
import { type Entry, endOf } from './client-gateway.ts';
import { optimistic, unchanged } from './client-optimistic.ts';

const QUEUE = 'queue/';
const ALL = { range: QUEUE, end: endOf(QUEUE) };

/**
 * A queue: a key for each element, under a name that nobody else has, in the order in which they were made. It is the
 * recipe of etcd's own library (clientv3/experimental/recipes, Queue), but nobody waits where it is empty.
 *
 *     {f: 'enqueue', value: 5}      puts a key that holds it
 *     {f: 'dequeue', value: null}   ok value: the oldest element, whose key is deleted where nobody was quicker; fail where there is none
 *     {f: 'drain', value: null}     ok value: all that was there, oldest first, deleted at once
 */
export const queue = {
  async enqueue({ gateway }: Access, element: unknown) {
    await gateway.txn([], [{ put: `${QUEUE}${randomUUID()}`, value: JSON.stringify(element) }]);
    return { type: 'ok' };
  },

  dequeue(access: Access, _value: null) {
    return optimistic(access, [{ ...ALL, oldest: 1 }], ([found]) => {
      const entry = found?.[0];
      if (entry === undefined) return { type: 'fail', error: 'the queue is empty' };
      return {
        compare: [unchanged(entry.key, entry)],
        success: [{ delete: entry.key }],
        outcome: { type: 'ok', value: elementOf(entry) },
      };
    });
  },

  async drain({ gateway }: Access, _value: null) {
    const { entries } = await gateway.txn([], [{ delete: QUEUE, end: ALL.end }]);
    const made = (entry: Entry) => Number(entry.createRevision);
    return { type: 'ok', value: [...(entries[0] ?? [])].sort((a, b) => made(a) - made(b)).map(elementOf) };
  },
} satisfies Record<string, Operation>;

const elementOf = ({ value }: Entry): unknown => JSON.parse(value);
