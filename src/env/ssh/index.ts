import { type EnvironmentModule, NoSettings } from '../../contract/index.ts';

/** Real machines, over SSH, as an inventory lists them. What it does and needs: `src/env/ssh/README.md`. */
export const ssh: EnvironmentModule<typeof NoSettings> = {
  kind: 'environment',
  name: 'ssh',
  summary: 'Real machines of an inventory, over SSH; each undoes every fault by itself when the run falls silent.',
  settings: NoSettings,
  inventoried: true,
  doctor: async () => [],
  open: async (context) => (await import('./ssh.ts')).openSsh(context),
};
