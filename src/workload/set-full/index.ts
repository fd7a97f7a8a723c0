import Type from 'typebox';
import { pick } from '../../base/rng.ts';
import type { WorkloadModule } from '../../contract/index.ts';
import { Ops, ReadFrom, readsOf } from '../parts.ts';
import { inTurns } from '../turns.ts';

const settings = Type.Object(
  {
    ops: Ops(),
    adds_per_read: Type.Integer({
      description:
        'After so many additions a client reads the set once. The lists that are read grow: few reads of a large set.',
      minimum: 1,
      maximum: 1_000_000,
      default: 9,
      examples: [9],
    }),
    read_from: ReadFrom(
      'Where the set is read. every-node: each read goes to a node drawn from the seed, which answers with what it has itself, and at the end all of them are asked, after the primary.',
    ),
  },
  { additionalProperties: false },
);

/** As the workload set, and the set is read all the while: when each element became visible, and when it was not any more. */
export const setFull: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'set-full',
  summary:
    'Clients add distinct integers to a set, and read it while they do: when each became visible, and if it stayed.',
  settings,
  ops: {
    add: 'the integer to add',
    read: 'null; when ok, the list of integers in the set',
    'read-node': '[node, null]; when ok, [node, the list of integers that node itself has]',
  },
  checkers: [{ name: 'set-full', settings: {} }],
  uses: ({ read_from }) => ['add', 'read', ...(read_from === 'every-node' ? ['read-node'] : [])],
  count: ({ ops }) => ops,
  generator({ ops, adds_per_read, read_from }, context) {
    const { clients, nodes } = context;
    const period = adds_per_read + 1;
    return inTurns(ops, context, ({ client, place, stream }) => {
      const turn = (place - client) / clients;
      // Without the reads before it, so that the elements are 0, 1, 2, ... without gaps.
      const element = client + (turn - Math.floor(turn / period)) * clients;
      if (turn % period < adds_per_read) return { f: 'add', value: element };
      if (read_from === 'primary') return { f: 'read', value: null };
      return { f: 'read-node', value: [pick(stream, nodes), null] };
    });
  },
  finalReads: ({ read_from }, nodes) => readsOf(read_from, nodes),
};
