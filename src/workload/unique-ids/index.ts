import Type from 'typebox';
import type { WorkloadModule } from '../../contract/index.ts';
import { Ops } from '../parts.ts';
import { inTurns } from '../turns.ts';

const settings = Type.Object(
  { ops: Ops('How many ids the clients ask for together.') },
  { additionalProperties: false },
);

/** Clients ask for ids; no two may be the same (jepsen.checker/unique-ids). */
export const uniqueIds: WorkloadModule<typeof settings> = {
  kind: 'workload',
  name: 'unique-ids',
  summary: 'Clients ask the database for ids, of which no two may be the same.',
  settings,
  ops: { generate: 'null; when ok, the id' },
  checkers: [{ name: 'unique-ids', settings: {} }],
  count: ({ ops }) => ops,
  generator: ({ ops }, context) => inTurns(ops, context, () => ({ f: 'generate', value: null })),
  finalReads: () => [],
};
