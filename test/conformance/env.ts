/**
 * What every environment of real nodes must do: one body, run against each that the machine can host. The cases
 * are plain functions that throw, because some environments can only be used in a process of their own.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { silentLogger } from '../../src/base/logger.ts';
import type { Cluster, Environment, InjectContext, Node } from '../../src/contract/index.ts';
import { kill } from '../../src/nemesis/kill/index.ts';
import { partition } from '../../src/nemesis/partition/index.ts';
import { pause } from '../../src/nemesis/pause/index.ts';
import { PROBE_PORT, probeDatabase } from './probe-database.ts';

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

export const NODES = ['n1', 'n2', 'n3'];

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
  {
    name: 'nodes reach each other by name, and clients reach them',
    async run(world) {
      for (const from of NODES) for (const to of NODES) assert.ok(await reaches(world, from, to), `${from} -> ${to}`);
      for (const client of [0, 1, 2]) assert.ok(await clientReaches(world, client, 'n2'), `client ${client}`);
    },
  },
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
    name: 'a cut cuts, only whom it names, until it is restored',
    async run(world) {
      const { network } = world.env;
      assert.deepEqual(Object.keys(await network.cut('f1', { n1: ['n2'], n2: ['n1'] })).sort(), ['n1', 'n2']);
      assert.equal(await reaches(world, 'n1', 'n2'), false);
      assert.equal(await reaches(world, 'n2', 'n1'), false);
      assert.ok(await reaches(world, 'n1', 'n3'));
      assert.ok(await clientReaches(world, 0, 'n2'));
      assert.deepEqual(await network.status('f1'), { n1: 'installed', n2: 'installed' });
      await network.restore('f1');
      assert.ok(await reaches(world, 'n1', 'n2'));
      assert.deepEqual(await network.status('f1'), { n1: 'not', n2: 'not' });
      assert.deepEqual(await network.restore('f1'), {});
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
    name: 'cuts overlap and end in any order',
    async run(world) {
      const { network } = world.env;
      await network.cut('f1', { n1: ['n2'], n2: ['n1'] });
      await network.cut('f2', { n1: ['n2', 'n3'] });
      assert.deepEqual(await network.status('f1'), { n1: 'installed', n2: 'installed' });
      assert.deepEqual(await network.status('f2'), { n1: 'installed' });
      await network.restore('f1');
      assert.equal(await reaches(world, 'n1', 'n2'), false, 'f2 still cuts');
      assert.deepEqual(await network.status('f2'), { n1: 'installed' });
      await network.restore('f2');
      assert.ok(await reaches(world, 'n1', 'n2'));
    },
  },
  {
    name: 'clients are cut off, all of them or those of one home',
    async run(world) {
      const { network } = world.env;
      await network.cut('f1', { n1: ['clients@n2'], 'clients@n2': ['n1'] });
      assert.deepEqual(await network.status('f1'), { n1: 'installed', 'clients@n2': 'installed' });
      assert.equal(await clientReaches(world, 1, 'n1'), false);
      assert.ok(await clientReaches(world, 0, 'n1'));
      assert.ok(await clientReaches(world, 1, 'n2'));
      assert.ok(await reaches(world, 'n2', 'n1'));
      await network.restore('f1');
      await network.cut('f2', { clients: ['n1'] });
      for (const client of [0, 1]) assert.equal(await clientReaches(world, client, 'n1'), false);
      assert.ok(await clientReaches(world, 0, 'n2'));
      await network.heal();
      assert.ok(await clientReaches(world, 0, 'n1'));
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
    name: 'kill, pause and partition are there when probed, and gone when undone',
    async run(world) {
      const faults = [
        { inject: () => kill.inject(contextOf(world, 'f1'), ['n2']), expected: { n2: 'installed' } },
        {
          inject: () => pause.inject(contextOf(world, 'f2'), ['primary', 'n3']),
          expected: { n1: 'installed', n3: 'installed' },
        },
        {
          inject: () => partition.inject(contextOf(world, 'f3'), { isolate: ['primary'] }),
          expected: { n1: 'installed', n2: 'installed', n3: 'installed' },
        },
      ];
      for (const { inject, expected } of faults) {
        const injection = await inject();
        assert.deepEqual(await injection.probe(), expected);
        await injection.undo();
        for (const presence of Object.values(await injection.probe())) assert.equal(presence, 'not');
      }
      await until('n2 is back', () => reaches(world, 'n1', 'n2'));
    },
  },
  {
    name: 'files come from the node, and closing twice is closing once',
    async run({ env, nodes }) {
      const target = `/dev/shm/fetched-${process.pid}`;
      await nodes[2]!.write(`${nodes[2]!.dir}/deep/file`, 'from n3');
      await env.fetch('n3', `${nodes[2]!.dir}/deep/file`, target);
      assert.equal(await nodes[0]!.read(target), 'from n3');
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

function contextOf({ env, cluster }: World, id: string): InjectContext {
  const { network, clock } = env;
  return { id, nodes: NODES, clientsAtHome: false, cluster, network, clock, log: silentLogger };
}

async function until(what: string, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await probe())) assert.ok(Date.now() < deadline, `waited 10 s until ${what}`);
}
