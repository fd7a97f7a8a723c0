import type { DatabaseModule } from '../../contract/index.ts';
import { problems, settings } from './settings.ts';

/** etcd: a member on every node, and one Raft log. The database that is expected to keep its promises. See README.md. */
export const etcd: DatabaseModule<typeof settings> = {
  kind: 'database',
  name: 'etcd',
  summary: 'A key-value store on one Raft log: registers, sets and transactions that survive every fault here.',
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
  abilities: ['kill', 'pause', 'primaries', 'retry', 'verify'],
  requires: [
    { program: 'etcd', package: 'etcd-server' },
    { program: 'etcdctl', package: 'etcd-client' },
  ],
  problems,
  deploy: async (context) => (await import('./deploy.ts')).deploy(context),
};
