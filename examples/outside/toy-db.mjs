// A database written outside the package: one server on the first node, and its client for the `set` workload.
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('toy-server.mjs', import.meta.url));
const PORT = 7000;

export const toy = {
  kind: 'database',
  name: 'toy',
  summary: 'A set in the memory of one process, which forgets when it is killed.',
  settings: { type: 'object', properties: {}, additionalProperties: false },
  workloads: ['set'],
  abilities: ['kill', 'primaries'],
  requires: [],

  async deploy({ nodes, clock }) {
    const [server] = nodes;
    const start = () => server.spawn({ name: 'toy', argv: [process.execPath, SERVER, server.address, String(PORT)] });
    const stop = async () => {
      await server.signal('toy', 'TERM');
      while ((await server.state('toy')) !== 'dead') await clock.sleepUntil(clock.now() + 20_000_000);
    };
    const onServer = (act) => async (node) => (node === server.name ? act() : undefined);
    await start();
    return {
      ready: async () => ((await accepts(server.address)) ? undefined : `${server.name} does not accept connections`),
      primaries: async () => [server.name],
      start: onServer(start),
      stop: onServer(stop),
      kill: onServer(() => server.signal('toy', 'KILL')),
      pause: onServer(() => server.signal('toy', 'STOP')),
      resume: onServer(() => server.signal('toy', 'CONT')),
      processes: async (node) => (node === server.name ? server.state('toy') : 'dead'),
      logs: (node) => (node === server.name ? [server.logPath('toy')] : []),
      connect: (seat) => openClient(server.address, seat.address),
    };
  },
};

async function accepts(host) {
  const socket = connect({ host, port: PORT });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

// Thrown errors count as info by themselves; that is right for a lost connection: the write may have happened.
async function openClient(host, localAddress) {
  const socket = connect({ host, port: PORT, localAddress });
  await once(socket, 'connect');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  socket.on('error', () => {});
  return {
    async invoke({ f, value }) {
      socket.write(f === 'add' ? `add ${value}\n` : 'read\n');
      const { done, value: line } = await lines.next();
      if (done) return { type: 'info', error: 'connection lost' };
      if (f === 'add') return { type: 'ok' };
      return { type: 'ok', value: line === '' ? [] : line.split(' ').map(Number) };
    },
    close: () => socket.destroy(),
  };
}
