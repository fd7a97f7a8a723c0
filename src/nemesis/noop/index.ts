import { type NemesisModule, NoSettings, type Presence } from '../../contract/index.ts';

/** The fault that is none: the template of a nemesis, and the control beside a real one. */
export const noop: NemesisModule<typeof NoSettings, null> = {
  kind: 'nemesis',
  name: 'noop',
  summary: 'Does nothing, for as long as a fault would: the control.',
  settings: NoSettings,
  compile: () => null,
  effect: () => ({ hits: [], words: 'do nothing' }),
  async inject({ nodes }) {
    // A real nemesis asks the nodes; of nothing there is nothing to ask, so it answers what it was told.
    let presence: Presence = 'installed';
    return {
      value: null,
      perNodeMs: {},
      probe: async () => Object.fromEntries(nodes.map((node) => [node, presence])),
      undo: async () => {
        presence = 'not';
        return {};
      },
    };
  },
};
