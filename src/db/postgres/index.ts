import type { DatabaseModule } from '../../contract/index.ts';
import { lacks, problems, settings } from './settings.ts';

/** PostgreSQL: a server, with standbys where wanted, and clients that cannot know what became of a commit that was not answered. See README.md. */
export const postgres: DatabaseModule<typeof settings> = {
  kind: 'database',
  name: 'postgres',
  summary:
    'PostgreSQL on the first node, with streaming standbys where wanted; the set is a table, and each addition a transaction of its own.',
  settings,
  workloads: [
    'set',
    'set-full',
    'register',
    'append',
    'counter',
    'queue',
    'lock',
    'unique-ids',
    'monotonic',
    'messages',
  ],
  abilities: ['kill', 'pause', 'primaries', 'promote', 'retry', 'verify'],
  requires: [{ program: 'postgres', package: 'postgresql', folders: ['/usr/lib/postgresql/*/bin'] }],
  problems: (given, { nodes, simulated }) => problems(given, nodes, simulated),
  lacks: (given, { simulated }) => lacks(given, simulated),
  deploy: async (context) => (await import('./deploy.ts')).deploy(context),
  simulates: () => 'PostgreSQL 9.5 to 15, one server',
  model: async (context) => (await import('./model/index.ts')).model(context),
};
