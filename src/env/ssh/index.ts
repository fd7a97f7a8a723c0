import Type from 'typebox';
import type { EnvironmentModule } from '../../contract/index.ts';

const settings = Type.Object(
  {
    inventory: Type.Optional(
      Type.String({
        description:
          "The inventory that lists the machines, as a path relative to the plan's file. --inventory overrides it.",
        minLength: 1,
        expected: 'the path of an inventory, such as ./inventory.yaml',
        examples: ['./inventory.yaml'],
      }),
    ),
  },
  { additionalProperties: false },
);

/** Real machines, over SSH, as an inventory lists them. What it does and needs: `src/env/ssh/README.md`. */
export const ssh: EnvironmentModule<typeof settings> = {
  kind: 'environment',
  name: 'ssh',
  summary: 'Real machines of an inventory, over SSH; each undoes every fault by itself when the run falls silent.',
  settings,
  inventoried: true,
  // What the machines lack is theirs to tell.
  doctor: async () => [
    { what: 'this machine', ok: true, found: 'needs nothing more; for those of an inventory: plan-run nodes status' },
  ],
  open: async (context) => (await import('./ssh.ts')).openSsh(context),
  operate: async (context) => (await import('./operator.ts')).operateSsh(context),
};
