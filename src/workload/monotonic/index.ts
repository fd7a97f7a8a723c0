import Type from 'typebox';
import { pick } from '../../base/rng.ts';
import type { WorkloadModule } from '../../contract/index.ts';
import { Mix, Ops } from '../parts.ts';
import { inTurns } from '../turns.ts';

const settings = Type.Object(
  { ops: Ops(), mix: Mix(['increment', 'read'], ['increment', 'read'], ['increment', 'read', 'read']) },
  { additionalProperties: false },
);

/** Clients increment one number, which is told with each increment, and read it: it must never go back. */
export const monotonic: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'monotonic',
  summary: 'Clients increment one number and read it: it only grows, and no increment gives a value twice.',
  settings,
  ops: { increment: 'null; when ok, the new value', read: 'null; when ok, the value' },
  checkers: [{ name: 'monotonic', settings: {} }],
  uses: ({ mix }) => [...new Set([...mix, 'read'])],
  count: ({ ops }) => ops,
  generator: ({ ops, mix }, context) => inTurns(ops, context, ({ stream }) => ({ f: pick(stream, mix), value: null })),
  finalReads: () => [{ f: 'read', value: null }],
};
