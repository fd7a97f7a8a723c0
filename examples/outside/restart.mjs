// A fault written outside the package: an orderly restart of some nodes.
import { drawNodes } from 'plan-run';

export const restart = {
  kind: 'nemesis',
  name: 'restart',
  summary: 'Stops the processes of some nodes in order, and starts them again at the end.',
  settings: { type: 'array', description: 'The nodes.', items: { type: 'string', format: 'node' }, minItems: 1 },
  needs: 'kill',
  compile: (settings, { nodes, rng }) => drawNodes(settings, nodes, rng),
  effect: (nodes) => ({ hits: nodes, down: nodes, words: `restart {${nodes.join(', ')}}` }),

  async inject({ cluster, clock }, nodes) {
    const timed = async (act) => {
      const began = clock.now();
      await act();
      return (clock.now() - began) / 1e6;
    };
    const onAll = async (act) =>
      Object.fromEntries(await Promise.all(nodes.map(async (node) => [node, await timed(() => act(node))])));
    return {
      value: nodes,
      perNodeMs: await onAll((node) => cluster.stop(node)),
      // Asked of the operating system: a stop that was only asked for has not happened.
      probe: async () =>
        Object.fromEntries(
          await Promise.all(
            nodes.map(async (node) => [node, (await cluster.processes(node)) === 'dead' ? 'installed' : 'not']),
          ),
        ),
      undo: () => onAll((node) => cluster.start(node)),
    };
  },
};
