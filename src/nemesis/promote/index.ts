import { assert } from '../../base/assert.ts';
import { NS_PER_MS } from '../../base/clock.ts';
import { DRAWN_SELECTORS, type NemesisModule, NodeName, RUN_SELECTORS } from '../../contract/index.ts';

const settings = NodeName({
  description: 'The standby that becomes primary, by its name.',
  not: { enum: [...Object.keys(DRAWN_SELECTORS), ...Object.keys(RUN_SELECTORS)] },
  expected: 'the name of one node, a standby',
  examples: ['n2'],
});

/**
 * An operator's failover. The old primary is not asked: where it runs, and clients reach it, there are two. At the heal, once
 * the network is whole and every process runs again, all the others are made to follow the node that was promoted.
 */
export const promote: NemesisModule<typeof settings, string> = {
  kind: 'nemesis',
  name: 'promote',
  summary: 'Makes a standby the primary, as an operator would; at the heal every other node is made to follow it.',
  settings,
  needs: 'promote',
  lasting: true,
  compile: (node) => node,
  effect: (node) => ({ hits: [node], words: `promote ${node}` }),
  async inject({ cluster, clock }, node) {
    const { promote, promoted, rejoin } = cluster;
    assert(promote && promoted && rejoin, 'a database that can promote a standby knows how to undo it');
    const timed = async (change: (node: string) => Promise<void>) => {
      const begin = clock.now();
      await change.call(cluster, node);
      return { [node]: (clock.now() - begin) / NS_PER_MS };
    };
    return {
      value: { node },
      perNodeMs: await timed(promote),
      probe: async () => ({ [node]: await promoted.call(cluster, node) }),
      undo: () => timed(rejoin),
    };
  },
};
