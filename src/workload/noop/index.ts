import Type from 'typebox';
import type { WorkloadModule } from '../../contract/index.ts';
import { inTurns } from '../turns.ts';

const settings = Type.Object(
  {
    count: Type.Integer({
      description: 'Operations of all clients together.',
      minimum: 1,
      maximum: 100_000_000,
      default: 100,
      examples: [100],
    }),
  },
  { additionalProperties: false },
);

/** Operations that do nothing: the template of a workload, and the load for measuring the executor alone. */
export const noop: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'noop',
  summary: 'Operations that do nothing: to try a schedule of faults, or the executor alone.',
  settings,
  ops: { noop: 'null' },
  checkers: [{ name: 'noop', settings: {} }],
  count: ({ count }) => count,
  generator({ count }, context) {
    const op = { f: 'noop', value: null };
    return inTurns(count, context, () => op);
  },
  finalReads: () => [],
};
