import { type DatabaseModule, NoSettings } from '../../contract/index.ts';

/** No database: nodes with nothing on them, and clients that answer at once. The template of a database. */
export const noop: DatabaseModule<typeof NoSettings> = {
  kind: 'database',
  name: 'noop',
  summary: 'No database: nodes with nothing on them. To try a schedule of faults on a network.',
  settings: NoSettings,
  workloads: ['noop'],
  abilities: [],
  requires: [],
  simulates: () => 'nodes with nothing on them',
  model: async () => ({
    programs: [],
    ready: () => undefined,
    primaries: () => [],
    connect: async () => ({ invoke: () => ({ type: 'ok' }), close: () => {} }),
  }),
  deploy: async () => ({
    ready: async () => undefined,
    primaries: async () => [],
    start: async () => {},
    stop: async () => {},
    kill: async () => {},
    pause: async () => {},
    resume: async () => {},
    processes: async () => 'dead',
    logs: () => [],
    connect: async () => ({ invoke: () => ({ type: 'ok' }), close: () => {} }),
  }),
};
