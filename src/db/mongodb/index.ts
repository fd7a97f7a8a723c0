import type { DatabaseModule } from '../../contract/index.ts';
import { problems, settings } from './settings.ts';

/** MongoDB as a replica set. See README.md; its simulation: model/README.md. */
export const mongodb: DatabaseModule<typeof settings> = {
  kind: 'database',
  name: 'mongodb',
  summary: 'A MongoDB replica set, of 2.4 as in the article or with the current protocol; the set is one document.',
  settings,
  workloads: ['set'],
  abilities: ['kill', 'pause', 'primaries'],
  requires: [],
  problems,
  simulates: ({ version }) => `MongoDB ${version === 7 ? '7.0' : version}`,
  model: async (context) => (await import('./model/index.ts')).model(context),
};
