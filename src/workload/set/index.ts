import Type from 'typebox';
import type { WorkloadModule } from '../../contract/index.ts';
import { ReadFrom, readsOf } from '../parts.ts';
import { inTurns } from '../turns.ts';
import { resolving } from './unknown.ts';

const settings = Type.Object(
  {
    writes: Type.Integer({
      description: 'How many numbers the clients add together: client i of n adds i, i+n, i+2n, ...',
      minimum: 1,
      maximum: 100_000_000,
      default: 2000,
      examples: [2000],
    }),
    read_from: ReadFrom(
      'Where the set is read at the end: at the primary, or there and then from each node itself, to see where they differ.',
    ),
    on_unknown: Type.Enum(['leave', 'retry', 'verify'], {
      description:
        'What a client does about an addition of which nobody knows whether it happened. leave: nothing; retry: it adds the element again, until it is told that it is there (the database must not mind); verify: it looks up the transaction, until it is told what became of it.',
      default: 'leave',
      examples: ['retry'],
    }),
  },
  { additionalProperties: false },
);

/** Clients add distinct integers to one set; what was acknowledged must be there at the end (Jepsen's first test). */
export const set: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'set',
  summary: 'Clients add distinct integers to a set, which is read at the end: what was acknowledged must be there.',
  settings,
  ops: {
    add: 'the integer to add',
    read: 'null; when ok, the list of integers in the set',
    'read-node': '[node, null]; when ok, [node, the list of integers that node itself has]',
    verify: 'the integer; when ok, [the integer, whether it was and will be added: true or false]',
  },
  checkers: [{ name: 'set', settings: { lost: 0 } }],
  needs({ on_unknown }) {
    return on_unknown === 'leave' ? [] : [{ ability: on_unknown, path: 'on_unknown' }];
  },
  uses: ({ read_from, on_unknown }) => [
    ...['add', 'read'],
    ...(read_from === 'every-node' ? ['read-node'] : []),
    ...(on_unknown === 'verify' ? ['verify'] : []),
  ],
  count: ({ writes }) => writes,
  generator({ writes, on_unknown }, context) {
    const adds = inTurns(writes, context, ({ place }) => ({ f: 'add', value: place }));
    return on_unknown === 'leave' ? adds : resolving(adds, on_unknown, context.clients);
  },
  finalReads: ({ read_from }, nodes) => readsOf(read_from, nodes),
};
