import Type from 'typebox';
import { pick } from '../../base/rng.ts';
import type { NextOp, WorkloadModule } from '../../contract/index.ts';

const settings = Type.Object(
  {
    ops: Type.Integer({
      description: 'How many operations the clients do together.',
      minimum: 1,
      maximum: 100_000_000,
      default: 2000,
      examples: [2000],
    }),
    keys: Type.Integer({
      description: 'How many registers there are; each operation takes one of them, drawn from the seed.',
      minimum: 1,
      maximum: 1_000_000,
      default: 10,
      examples: [10],
    }),
    values: Type.Integer({
      description: 'A write writes one of so many values, 0 and on: few, so that a cas often finds what it expects.',
      minimum: 1,
      maximum: 1_000_000,
      default: 5,
      examples: [5],
    }),
    mix: Type.Array(Type.Enum(['read', 'write', 'cas']), {
      description: 'What an operation is, each as likely as it stands here.',
      minItems: 1,
      default: ['read', 'write', 'cas'],
      examples: [['read', 'read', 'write']],
    }),
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
    write: '[key, the value]',
    cas: '[key, [the value it must have, the value it gets]]; fail where it has another',
  },
  // Whether the reads fit together takes a checker of linearizability; this one only says that somebody was served.
  checkers: [{ name: 'availability', settings: { acknowledged: '> 0%' } }],
  uses: ({ mix }) => [...new Set([...mix, 'read'])],
  count: ({ ops }) => ops,
  generator({ ops, keys, values, mix }, { clients, rng }) {
    const streams = Array.from({ length: clients }, (_, client) => rng.fork(`client ${client}`));
    const left = Array.from({ length: clients }, (_, client) => Math.ceil((ops - client) / clients));
    return {
      next(client): NextOp | undefined {
        if (left[client]! <= 0) return undefined;
        left[client]!--;
        const stream = streams[client]!;
        const key = stream.int(0, keys - 1);
        const value = () => stream.int(0, values - 1);
        const f = pick(stream, mix);
        if (f === 'read') return { f, value: [key, null] };
        return { f, value: [key, f === 'write' ? value() : [value(), value()]] };
      },
    };
  },
  finalReads: ({ keys }) => Array.from({ length: keys }, (_, key) => ({ f: 'read', value: [key, null] })),
};
