import type { DatabaseModule } from '../../contract/index.ts';
import { problems, settings } from './settings.ts';

/** Riak, a ring of vnodes without a primary; the set is one object. See README.md; its simulation: model/README.md. */
export const riak: DatabaseModule<typeof settings> = {
  kind: 'database',
  name: 'riak',
  summary: 'A Riak cluster as of 2013: quorums, vector clocks, last write wins or siblings; the set is one object.',
  settings,
  workloads: ['set'],
  abilities: ['kill', 'pause', 'primaries'],
  requires: [],
  problems,
  simulates: () => 'Riak 1.3',
  model: async (context) => (await import('./model/index.ts')).model(context),
};
