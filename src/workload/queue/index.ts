import Type from 'typebox';
import { pick } from '../../base/rng.ts';
import type { WorkloadModule } from '../../contract/index.ts';
import { Mix, Ops } from '../parts.ts';
import { inTurns } from '../turns.ts';

const settings = Type.Object(
  { ops: Ops(), mix: Mix(['enqueue', 'dequeue'], ['enqueue', 'dequeue'], ['enqueue', 'enqueue', 'dequeue']) },
  { additionalProperties: false },
);

/** Clients put distinct integers into one queue and take them out; at the end it is emptied: what went in comes out once. */
export const queue: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'queue',
  summary: 'Clients put distinct integers into a queue and take them out: what went in must come out, once.',
  settings,
  ops: {
    enqueue: 'the integer to put in',
    dequeue: 'null; when ok, the integer that it took out; fail where there was none',
    drain: 'null; when ok, the list of integers that it took out: all that were left',
  },
  checkers: [{ name: 'total-queue', settings: {} }],
  uses: ({ mix }) => [...new Set([...mix, 'drain'])],
  count: ({ ops }) => ops,
  generator: ({ ops, mix }, context) =>
    inTurns(ops, context, ({ place, stream }) => {
      const f = pick(stream, mix);
      return { f, value: f === 'enqueue' ? place : null };
    }),
  finalReads: () => [{ f: 'drain', value: null }],
};
