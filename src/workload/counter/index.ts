import Type from 'typebox';
import { pick } from '../../base/rng.ts';
import type { WorkloadModule } from '../../contract/index.ts';
import { Mix, Ops } from '../parts.ts';
import { inTurns } from '../turns.ts';

const settings = Type.Object(
  {
    ops: Ops(),
    mix: Mix(['add', 'read'], ['add', 'read'], ['add', 'add', 'read']),
    amounts: Type.Array(Type.Integer({ minimum: -1_000_000, maximum: 1_000_000 }), {
      description: 'What is added, each as likely as it stands here. Negative amounts are taken away.',
      minItems: 1,
      default: [1],
      examples: [
        [1, 2, 5],
        [1, -1],
      ],
    }),
  },
  { additionalProperties: false },
);

/** Clients add to one counter, which begins at 0, and read it: no acknowledged addition may be missing, none may count twice. */
export const counter: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'counter',
  summary: 'Clients add to one counter and read it: every acknowledged addition must count, and count once.',
  settings,
  ops: { add: 'the integer to add', read: 'null; when ok, the sum' },
  checkers: [{ name: 'counter', settings: {} }],
  uses: ({ mix }) => [...new Set([...mix, 'read'])],
  count: ({ ops }) => ops,
  generator: ({ ops, mix, amounts }, context) =>
    inTurns(ops, context, ({ stream }) => {
      const f = pick(stream, mix);
      return { f, value: f === 'add' ? pick(stream, amounts) : null };
    }),
  finalReads: () => [{ f: 'read', value: null }],
};
