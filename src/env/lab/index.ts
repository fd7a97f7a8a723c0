import { type EnvironmentModule, NoSettings } from '../../contract/index.ts';

/** Real servers, real packets, one Linux machine. What it does and needs: `src/env/README.md`. */
export const lab: EnvironmentModule<typeof NoSettings> = {
  kind: 'environment',
  name: 'lab',
  summary: 'Real servers and real packets in namespaces of one Linux machine; the kernel cleans up.',
  settings: NoSettings,
  doctor: async (databases) => (await import('./doctor.ts')).doctor(databases),
  relaunch: async (argv) => (await import('./enter.ts')).relaunch(argv),
  open: async (context) => (await import('./lab.ts')).openLab(context),
  operate: async (context) => (await import('./standing.ts')).operateLab(context),
};
