import type { DatabaseModule } from '../../contract/index.ts';
import { lacks, problems } from './problems.ts';
import { settings } from './settings.ts';

/** Any system, as its plan describes it: commands for the nodes, HTTP requests for the clients. See README.md. */
export const service: DatabaseModule<typeof settings> = {
  kind: 'database',
  name: 'service',
  summary: 'A system described in the plan itself: commands that install and run it, and HTTP requests of its clients.',
  settings,
  workloads: ['set', 'register'],
  abilities: ['kill', 'pause', 'primaries', 'retry'],
  requires: [],
  problems,
  lacks,
  deploy: async (context) => (await import('./deploy.ts')).deploy(context),
};
