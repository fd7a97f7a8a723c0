/**
 * What every environment of real nodes must do: what network.ts asks of all, and what only real nodes have. One body,
 * run against each that the machine can host.
 */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Cluster, Environment, Node } from '../../src/contract/index.ts';
import { NODES, networkCases, until } from './network.ts';
import { PROBE_PORT, probeDatabase } from './probe-database.ts';

export { NODES } from './network.ts';

export interface EnvCase {
  readonly name: string;
  run(world: World): Promise<void>;
}

/** An environment with a server on each of n1, n2, n3. */
export interface World {
  readonly env: Environment;
  readonly cluster: Cluster;
  readonly nodes: readonly Node[];
}

/** Runs a case in an environment of its own, and closes that. @throws what the case throws. */
export async function runCase(envCase: EnvCase, open: (nodes: readonly string[]) => Promise<Environment>) {
  const env = await open(NODES);
  try {
    await env.provision();
    const database = probeDatabase();
    const use = { database, settings: {}, workload: 'none', workloadSettings: {} };
    const cluster = await env.deploy(use);
    await until('the probes listen', async () => (await cluster.ready()) === undefined);
    await envCase.run({ env, cluster, nodes: database.nodes });
  } finally {
    await env.close();
  }
}

export const envCases: readonly EnvCase[] = [
  ...networkCases.map(
    ({ name, run }): EnvCase => ({
      name,
      run: (world) =>
        run({
          env: world.env,
          cluster: world.cluster,
          reaches: (from, to) => reaches(world, from, to),
          clientReaches: (client, to) => clientReaches(world, client, to),
        }),
    }),
  ),
  {
    name: 'each node has a name, a directory and an address of its own',
    async run({ nodes }) {
      for (const node of nodes) {
        assert.equal((await node.exec(['hostname'])).stdout.trim(), node.name);
        await node.write(`${node.dir}/who`, node.name);
        assert.match(
          (await node.exec(['cat', '/etc/hosts'])).stdout,
          new RegExp(`^${node.address} ${node.name}$`, 'm'),
        );
      }
      for (const node of nodes) assert.equal(await node.read(`${node.dir}/who`), node.name);
      assert.equal(new Set(nodes.map(({ address }) => address)).size, nodes.length);
    },
  },
  {
    name: 'a cut is directed: who drops still sends',
    async run(world) {
      await world.env.network.cut('f1', { n2: ['n1'] });
      await send(world, 'n1', 'n2', 'dropped');
      await send(world, 'n2', 'n1', 'heard');
      await heard(world, 'n1', 'heard');
      await world.env.network.restore('f1');
      await send(world, 'n1', 'n2', 'later');
      await heard(world, 'n2', 'later');
      assert.ok(!(await logOf(world, 'n2')).includes('dropped'), 'n2 has heard what it should drop');
    },
  },
  {
    name: 'status tells the truth when somebody changes the rules',
    async run(world) {
      const { network } = world.env;
      const [n1, n2] = world.nodes as [Node, Node];
      const iptables = await firewallOf(world);
      await network.cut('f1', { n1: ['n2', 'n3'], n2: ['n1'] });
      await n1.exec([iptables, '-D', 'plan-run-f1', '1']);
      assert.deepEqual(await network.status('f1'), { n1: 'partly', n2: 'installed' });
      await n2.exec([iptables, '-I', 'INPUT', '1', '-j', 'ACCEPT']);
      assert.deepEqual(await network.status('f1'), { n1: 'partly', n2: 'partly' });
      await n1.exec([iptables, '-F']);
      await n1.exec([iptables, '-X']);
      assert.equal((await network.status('f1')).n1, 'not');
      await network.restore('f1');
      assert.deepEqual(await network.status('f1'), { n1: 'not', n2: 'not' });
      assert.match((await n2.exec([iptables, '-S', 'INPUT'])).stdout, /^-A INPUT -j ACCEPT$/m);
    },
  },
  {
    name: 'heal ends every cut and keeps what is not ours',
    async run(world) {
      const { network } = world.env;
      const n1 = world.nodes[0]!;
      const iptables = await firewallOf(world);
      await n1.exec([iptables, '-N', 'theirs']);
      await n1.exec([iptables, '-A', 'INPUT', '-s', '192.0.2.1', '-j', 'theirs']);
      const before = (await n1.exec([iptables, '-S'])).stdout;
      await network.cut('f1', { n1: ['n2'] });
      await network.cut('f2', { n1: ['n3'], n3: ['n1'] });
      await network.heal();
      assert.equal((await n1.exec([iptables, '-S'])).stdout, before);
      assert.deepEqual(await network.status('f2'), { n1: 'not', n3: 'not' });
      assert.ok(await reaches(world, 'n1', 'n3'));
      await network.cut('f1', { n1: ['n2'] });
      assert.equal(await reaches(world, 'n2', 'n1'), false, 'its name can be used again');
    },
  },
  {
    name: 'files come from the node, and closing twice is closing once',
    async run({ env, nodes }) {
      const target = `/dev/shm/fetched-${process.pid}`;
      await nodes[2]!.write(`${nodes[2]!.dir}/deep/file`, 'from n3');
      await env.fetch('n3', `${nodes[2]!.dir}/deep/file`, target);
      assert.equal(await readFile(target, 'utf8'), 'from n3');
      await rm(target);
      await env.close();
      await env.close();
    },
  },
];

async function reaches({ nodes }: World, from: string, to: string): Promise<boolean> {
  const node = nodes.find(({ name }) => name === from)!;
  const script = `exec 3<>/dev/tcp/${to}/${PROBE_PORT} && cat <&3`;
  const { stdout } = await node.exec(['bash', '-c', script], { timeoutMs: 300, allowFailure: true });
  return stdout === 'here';
}

function clientReaches({ env, nodes }: World, client: number, to: string): Promise<boolean> {
  const { address } = env.seat(client);
  const host = nodes.find(({ name }) => name === to)!.address;
  return new Promise((resolve) => {
    const socket = connect({ host, port: PROBE_PORT, ...(address !== undefined && { localAddress: address }) });
    const end = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket.setTimeout(300, () => end(false));
    socket.once('data', () => end(true)).once('error', () => end(false));
  });
}

async function send({ nodes }: World, from: string, to: string, word: string): Promise<void> {
  const node = nodes.find(({ name }) => name === from)!;
  await node.exec(['bash', '-c', `echo ${word} >/dev/udp/${to}/${PROBE_PORT}`]);
}

function logOf({ nodes }: World, name: string): Promise<string> {
  const node = nodes.find((one) => one.name === name)!;
  return node.read(node.logPath('probe'));
}

function heard(world: World, name: string, word: string): Promise<void> {
  return until(`${name} hears "${word}"`, async () => (await logOf(world, name)).includes(word));
}

/** The program whose rules the environment makes, found with a cut; the variants do not show each other's. */
async function firewallOf({ env: { network }, nodes }: World): Promise<string> {
  await network.cut('which', { n1: ['n2'] });
  for (const program of ['iptables', 'iptables-legacy', 'iptables-nft']) {
    const { stdout } = await nodes[0]!.exec([program, '-S']);
    if (stdout.includes('-N plan-run-which')) {
      await network.restore('which');
      return program;
    }
  }
  throw new Error('no variant of iptables shows the cut');
}
