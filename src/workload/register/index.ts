import Type from 'typebox';
import { pick } from '../../base/rng.ts';
import type { WorkloadModule } from '../../contract/index.ts';
import { Mix, Ops, ReadFrom, readsOf } from '../parts.ts';
import { inTurns } from '../turns.ts';

/** So many values where a cas is to find what it expects now and then. */
const FEW = 5;

const settings = Type.Object(
  {
    ops: Ops(),
    keys: Type.Integer({
      description: 'How many registers there are; each operation takes one of them, drawn from the seed.',
      minimum: 1,
      maximum: 1_000_000,
      default: 10,
      examples: [10],
    }),
    values: Type.Optional(
      Type.Integer({
        description: `A write writes one of so many values, 0 and on. Default: ${FEW} where the mix has cas, so that it often finds what it expects; else each write has a value of its own, so that a read tells which one it saw.`,
        minimum: 1,
        maximum: 1_000_000,
        examples: [5],
      }),
    ),
    mix: Mix(['read', 'write', 'cas'], ['read', 'write', 'cas'], ['read', 'read', 'write']),
    read_from: ReadFrom(
      'Where registers are read. every-node: each read goes to a node drawn from the seed, which answers with what it has itself, and at the end all of them are asked, after the primary.',
    ),
  },
  { additionalProperties: false },
);

/** Clients read, write and compare-and-set registers. A register begins as null. */
export const register: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'register',
  summary: 'Clients read, write and compare-and-set integer registers, many keys side by side.',
  settings,
  ops: {
    read: '[key, null]; when ok, [key, the value, or null where nobody has written it]',
    'read-node': '[key, [node, null]]; when ok, [key, [node, the value that node itself has]]',
    write: '[key, the value]',
    cas: '[key, [the value it must have, the value it gets]]; fail where it has another',
  },
  // It splits the history by key, and takes the model from the operations.
  checkers: [{ name: 'linearizable', settings: {} }],
  uses: ({ mix, read_from }) => [...new Set([...mix, 'read', ...(read_from === 'every-node' ? ['read-node'] : [])])],
  count: ({ ops }) => ops,
  generator({ ops, keys, values, mix, read_from }, context) {
    const few = values ?? (mix.includes('cas') ? FEW : undefined);
    return inTurns(ops, context, ({ place, stream }) => {
      const key = stream.int(0, keys - 1);
      const value = () => (few === undefined ? place : stream.int(0, few - 1));
      const f = pick(stream, mix);
      if (f === 'write') return { f, value: [key, value()] };
      if (f === 'cas') return { f, value: [key, [value(), value()]] };
      if (read_from === 'primary') return { f, value: [key, null] };
      return { f: 'read-node', value: [key, [pick(stream, context.nodes), null]] };
    });
  },
  finalReads: ({ keys, read_from }, nodes) =>
    Array.from({ length: keys }, (_, key) =>
      readsOf(read_from, nodes).map(({ f, value }) => ({ f, value: [key, value] })),
    ).flat(),
};
