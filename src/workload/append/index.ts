import Type from 'typebox';
import type { WorkloadModule } from '../../contract/index.ts';
import { inTurns } from '../turns.ts';

const settings = Type.Object(
  {
    transactions: Type.Integer({
      description: 'How many transactions the clients do together.',
      minimum: 1,
      maximum: 100_000_000,
      default: 2000,
      examples: [2000],
    }),
    keys: Type.Integer({
      description: 'How many lists are in use at a time.',
      minimum: 1,
      maximum: 10_000,
      default: 5,
      examples: [5],
    }),
    appends_per_key: Type.Integer({
      description: 'A list that has been appended to so often gives way to a new one.',
      minimum: 1,
      maximum: 1_000_000,
      default: 50,
      examples: [50],
    }),
    max_operations: Type.Integer({
      description: 'A transaction has one operation at least, and so many at most.',
      minimum: 1,
      maximum: 100,
      default: 4,
      examples: [4],
    }),
  },
  { additionalProperties: false },
);

/** One operation in a transaction: `['append', key, element]`, or `['r', key, null]`, answered with the list. */
export type MicroOp =
  | readonly ['append', number, number]
  | readonly ['r', number, null]
  | readonly ['r', number, readonly number[]];

/**
 * Transactions that append to lists and read them: every element is appended once, so that a list tells who came before whom
 * (Kingsbury and Alvaro, Elle, VLDB 2020, section 3: traceability). A list begins empty.
 */
export const append: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'append',
  summary: 'Transactions that append distinct integers to lists, and read whole lists.',
  settings,
  ops: {
    txn: 'a list of ["append", key, element] and ["r", key, null]; when ok, each read has the list in place of null',
  },
  // Which anomalies the reads show takes a checker of transactions; this one only says that somebody was served.
  checkers: [{ name: 'availability', settings: { acknowledged: '> 0%' } }],
  count: ({ transactions }) => transactions,
  generator({ transactions, keys, appends_per_key, max_operations }, context) {
    const inUse = Array.from({ length: keys }, (_, key) => ({ key, appended: 0 }));
    let nextKey = keys;
    function appendTo(slot: number): MicroOp {
      const list = inUse[slot]!;
      const op = ['append', list.key, ++list.appended] as const;
      if (list.appended === appends_per_key) inUse[slot] = { key: nextKey++, appended: 0 };
      return op;
    }
    return inTurns(transactions, context, ({ stream }) => {
      const value = Array.from({ length: stream.int(1, max_operations) }, (): MicroOp => {
        const slot = stream.int(0, keys - 1);
        return stream.int(0, 1) === 0 ? appendTo(slot) : ['r', inUse[slot]!.key, null];
      });
      return { f: 'txn', value };
    });
  },
  finalReads: () => [],
};
