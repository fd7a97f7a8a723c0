import type { DatabaseModule } from '../../contract/index.ts';
import { lacks, MODELLED, problems, settings, WORKLOADS } from './settings.ts';

/** Riak, a ring of vnodes without a primary; the set is one object, or one of Riak's own. See README.md; its simulation: model/README.md. */
export const riak: DatabaseModule<typeof settings> = {
  kind: 'database',
  name: 'riak',
  summary:
    'A Riak cluster: quorums, vector clocks, last write wins or siblings; the set is one object, or one of Riak’s own, as a counter is.',
  settings,
  workloads: WORKLOADS,
  abilities: ['kill', 'pause', 'primaries'],
  // Debian has no package of it: the deployment says what is missing.
  requires: [],
  problems: (given, { nodes, simulated, workload }) => problems(given, nodes.length, simulated, workload),
  lacks: (given, { simulated }) => lacks(given, simulated) as Readonly<Record<string, string>>,
  deploy: async (context) => (await import('./deploy.ts')).deploy(context),
  simulates: () => `Riak ${MODELLED}`,
  model: async (context) => (await import('./model/index.ts')).model(context),
};
