import type { DatabaseModule } from '../../contract/index.ts';
import { lacks, NUMBERS, problems, settings, versionOf } from './settings.ts';

/** MongoDB as a replica set. See README.md; its simulation: model/README.md. */
export const mongodb: DatabaseModule<typeof settings> = {
  kind: 'database',
  name: 'mongodb',
  summary:
    'A MongoDB replica set, of 2.4 as in the article or with the current protocol; the set is one document, and so is each number.',
  settings,
  workloads: ['set', 'set-full', ...NUMBERS],
  abilities: ['kill', 'pause', 'primaries'],
  // Debian has no package of it: deploy.ts looks for it, and says where.
  requires: [],
  problems: (given, { nodes, simulated, workload }) => problems(given, nodes.length, simulated, workload),
  lacks: (given) => lacks(given),
  fetch: async (settings, say) => {
    if (settings.install === 'download') await (await import('./install.ts')).download(settings, say);
  },
  deploy: async (context) => (await import('./deploy.ts')).deploy(context),
  simulates: (settings) => `MongoDB ${versionOf(settings) ?? '7.0'}`,
  model: async (context) => (await import('./model/index.ts')).model(context),
};
