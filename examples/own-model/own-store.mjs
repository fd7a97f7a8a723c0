// A store that does not exist yet, as a database of plan-run: a model, which the simulator runs in place of servers, and a client.
import { PORT, startServer } from './server.mjs';

const CONNECT_MS = 500;
/** Before a client asks another server. */
const PAUSE_MS = 50;

/** @type {import('plan-run').DatabaseModule} */
export const ownStore = {
  kind: 'database',
  name: 'own-store',
  summary: 'A replicated set that has yet to be built: its protocol alone.',
  settings: {
    type: 'object',
    properties: {
      acknowledge: {
        enum: ['before-replication', 'majority'],
        default: 'majority',
        description: 'When the primary acknowledges a write: when its own disk has it, or those of a majority.',
        examples: ['before-replication'],
      },
    },
    additionalProperties: false,
  },
  workloads: ['set'],
  abilities: ['kill', 'pause', 'primaries'],
  requires: [],
  simulates: ({ acknowledge }) => `own-store (${acknowledge})`,

  async model({ nodes, settings }) {
    // The servers that were started last. Onlookers may look into all of them, to ask and to assert; the protocol may not.
    const servers = new Map();
    const reigns = new Map();
    function reign(epoch, node) {
      if (reigns.has(epoch)) throw new Error(`${reigns.get(epoch)} and ${node} were both elected in epoch ${epoch}`);
      reigns.set(epoch, node);
    }
    const start = (process) =>
      void servers.set(process.node, startServer(process, { nodes, acknowledge: settings.acknowledge, reign }));
    const running = () =>
      nodes.flatMap((node) => {
        const server = servers.get(node);
        return server?.process.state === 'running' ? [{ node, ...server.state() }] : [];
      });
    const primaries = () => running().flatMap(({ node, role }) => (role === 'primary' ? [node] : []));

    return {
      programs: [{ name: 'store', boot: start }],
      // What is missing: asked again and again, until the workload can begin.
      ready() {
        const all = running();
        const [first, ...more] = primaries();
        if (all.length < nodes.length) return 'not every server runs';
        if (first === undefined || more.length > 0) return 'there is not one primary';
        const { count } = all.find(({ node }) => node === first);
        const apart = all.filter((one) => one.primary !== first || one.count !== count);
        return apart.length > 0 ? `${apart.map(({ node }) => node).join(', ')} has not what ${first} has` : undefined;
      },
      primaries,
      // Who has what, for tests: what `gained` and `dropped` in the trace come to.
      contents(node) {
        const server = servers.get(node);
        return server === undefined || server.process.state === 'dead' ? {} : { store: server.elements() };
      },
      connect: async (host) => openClient(host, nodes),
    };
  },
};

/**
 * A client of the set. It lives outside the servers, as a real one does, and may wait.
 * @param {import('plan-run').SimHost} host
 * @param {readonly string[]} nodes
 * @returns {import('plan-run').Client}
 */
function openClient(host, nodes) {
  let node = nodes[host.rng.fork('first').int(0, nodes.length - 1)];
  let link;
  let closed = false;

  /** Leaves this server for the one that it has named, or for the next one. */
  async function leave(primary) {
    link?.close();
    link = undefined;
    node = primary ?? nodes[(nodes.indexOf(node) + 1) % nodes.length];
    await host.sleep(PAUSE_MS);
  }

  return {
    async invoke({ f, value }) {
      if (f !== 'add' && f !== 'read') throw new TypeError(`the client of own-store knows no operation "${f}"`);
      while (!closed) {
        try {
          link = link?.open ? link : await host.connect(node, PORT, CONNECT_MS);
        } catch {
          // Nothing was sent.
          await leave();
          continue;
        }
        if (f === 'add') host.detail('send', () => `sends ${value} to ${node}`, [value]);
        try {
          const { refused, primary, elements } = await link.ask(
            f === 'add' ? { do: 'add', element: value } : { do: 'read' },
          );
          if (!refused) return f === 'add' ? { type: 'ok' } : { type: 'ok', value: elements };
          // This one is not primary, and did nothing.
          await leave(primary);
        } catch (error) {
          const asked = node;
          await leave();
          // Not `fail`: that says that nothing has happened, and something may have.
          return { type: 'info', error: `no answer from ${asked} (${error.code})` };
        }
      }
      return { type: 'fail', error: 'the client was closed before it could send' };
    },
    close() {
      closed = true;
      link?.close();
    },
  };
}
