import type { EnvironmentModule } from '../../contract/index.ts';
import { problems, settings } from './settings.ts';

/** Virtual time, simulated machines and network, models of the databases. What it does: README.md. */
export const sim: EnvironmentModule<typeof settings> = {
  kind: 'environment',
  name: 'sim',
  summary: 'A simulation of the database in virtual time: the same seed gives the same history, on any machine.',
  settings,
  simulated: true,
  problems,
  doctor: async () => [{ what: 'node', ok: true, found: 'nothing else is needed' }],
  open: async (context) => (await import('./sim.ts')).openSim(context),
};
