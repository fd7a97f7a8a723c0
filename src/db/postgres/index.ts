import type { DatabaseModule } from '../../contract/index.ts';
import { problems, settings } from './settings.ts';

/** PostgreSQL: one server, and clients that cannot know whether a commit that was not answered took place. See README.md. */
export const postgres: DatabaseModule<typeof settings> = {
  kind: 'database',
  name: 'postgres',
  summary: 'One PostgreSQL server on the first node; the set is a table, and each addition a transaction of its own.',
  settings,
  workloads: ['set'],
  abilities: ['kill', 'pause', 'primaries', 'retry', 'verify'],
  requires: [],
  problems,
  simulates: () => 'PostgreSQL 9.5 to 15, one server',
  model: async (context) => (await import('./model/index.ts')).model(context),
};
