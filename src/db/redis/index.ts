import type { DatabaseModule } from '../../contract/index.ts';
import { problems, runsSentinel, settings } from './settings.ts';

/** Redis, replicated from its first node, with Sentinels to fail over. See README.md. */
export const redis: DatabaseModule<typeof settings> = {
  kind: 'database',
  name: 'redis',
  summary: 'Redis with replicas, and Sentinels that promote one of them where the primary is gone.',
  settings,
  workloads: ['set', 'set-full', 'register', 'counter', 'queue', 'lock', 'unique-ids', 'monotonic', 'messages'],
  abilities: ['kill', 'pause', 'primaries', 'retry'],
  requires: [
    { program: 'redis-server', package: 'redis-server' },
    { program: 'redis-cli', package: 'redis-tools' },
  ],
  problems: (given, { nodes, simulated }) => problems(given, nodes.length, simulated),
  deploy: async (context) => (await import('./deploy.ts')).deploy(context),
  simulates: (given, nodeCount) => (runsSentinel(given, nodeCount) ? 'Redis 7.0 with Sentinel' : 'Redis 7.0'),
  model: async (context) => (await import('./model/index.ts')).model(context),
};
