import { type Cluster, type DatabaseModule, type Node, NoSettings } from '../../src/contract/index.ts';

/** Where every probe listens: TCP connections are answered, datagrams are written to its log. */
export const PROBE_PORT = 7000;

const SERVER = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (message) => console.log(String(message).trim()));
  socket.bind(${PROBE_PORT});
  require('node:net').createServer((one) => one.end('here')).listen(${PROBE_PORT}, () => console.log('listening'));
`;

/** A database that stores nothing: a server on every node that can be reached or not, killed and paused. */
export function probeDatabase(): DatabaseModule<typeof NoSettings> & { readonly nodes: Node[] } {
  const nodes: Node[] = [];
  return {
    nodes,
    kind: 'database',
    name: 'probe',
    summary: 'A server on every node that can be reached or not, killed and paused.',
    settings: NoSettings,
    workloads: [],
    abilities: ['kill', 'pause', 'primaries'],
    requires: [],
    async deploy(context) {
      nodes.push(...context.nodes);
      await Promise.all(nodes.map(start));
      return clusterOf(nodes);
    },
  };
}

function start(node: Node): Promise<void> {
  return node.spawn({ name: 'probe', argv: [process.execPath, '-e', SERVER] });
}

function clusterOf(nodes: readonly Node[]): Cluster {
  const nodeOf = (name: string) => nodes.find((node) => node.name === name)!;
  return {
    async ready() {
      for (const node of nodes) {
        if (!(await node.read(node.logPath('probe'))).includes('listening')) return `${node.name} does not listen yet`;
      }
      return undefined;
    },
    primaries: async () => [nodes[0]!.name],
    start: (name) => start(nodeOf(name)),
    stop: (name) => nodeOf(name).signal('probe', 'TERM'),
    kill: (name) => nodeOf(name).signal('probe', 'KILL'),
    pause: (name) => nodeOf(name).signal('probe', 'STOP'),
    resume: (name) => nodeOf(name).signal('probe', 'CONT'),
    processes: (name) => nodeOf(name).state('probe'),
    logs: (name) => [nodeOf(name).logPath('probe')],
    connect: () => Promise.reject(new Error('the probe has no clients')),
  };
}
