/** A whole cluster, deployed on loopback nodes: readiness, failover, restarts, reads from every node. */

import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../src/base/logger.ts';
import type { Client, Cluster, Invocation } from '../../../src/contract/index.ts';
import { RedisClient } from '../../../src/db/redis/client.ts';
import { sockets } from '../../../src/db/redis/client-connection.ts';
import { redis } from '../../../src/db/redis/index.ts';
import type { RedisSettings } from '../../../src/db/redis/settings.ts';
import { makeRealClock } from '../../../src/env/real-clock.ts';
import { becomesReady, eventually } from '../eventually.ts';
import { type LoopbackNode, loopbackNodes } from '../loopback-nodes.ts';

vi.setConfig({ testTimeout: 60_000 });

const DEFAULTS: RedisSettings = {
  sentinel: true,
  down_after: '1s',
  failover_timeout: '3s',
  parallel_syncs: 1,
  min_replicas_to_write: 0,
  min_replicas_max_lag: 10,
  wait: 0,
  wait_timeout: '1s',
  appendonly: false,
  ask_sentinel: 'each-op',
  connect_timeout: '500ms',
};

const clock = makeRealClock();

let nodes: LoopbackNode[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await Promise.all(nodes.map((node) => node.remove()));
});

async function deploy(count: number, settings: Partial<RedisSettings> = {}): Promise<Cluster> {
  nodes = await loopbackNodes(count);
  const cluster = await redis.deploy!({
    nodes,
    settings: { ...DEFAULTS, ...settings },
    workload: 'set',
    workloadSettings: {},
    clock,
    log: silentLogger,
  });
  await becomesReady(cluster);
  return cluster;
}

async function connect(cluster: Cluster, home: string, address?: string): Promise<Invoke> {
  const client = await cluster.connect({ client: 0, home, ...(address === undefined ? {} : { address }) });
  clients.push(client);
  return async (op) => client.invoke(op) as Answer | Promise<Answer>;
}

/** One that asks its Sentinel only when it must. */
function keepingClient(home: string): Invoke {
  const servers = new Map(nodes.map(({ name, address }) => [name, { host: address, port: 6379 }]));
  const config = {
    workload: 'set',
    servers,
    first: servers.get('n1')!,
    sentinel: { host: servers.get(home)!.host, port: 26379 },
    primaryName: 'main',
    askSentinel: 'on-error' as const,
    wait: 0,
    waitTimeoutMs: 0,
    connectTimeoutMs: 500,
    memory: { position: '0-0' },
    leaseMs: 0,
  };
  const client = new RedisClient(config, sockets());
  clients.push(client);
  return (op) => client.invoke(op) as Promise<Answer>;
}

interface Answer {
  readonly type: string;
  readonly value?: unknown;
}
type Invoke = (op: Invocation) => Promise<Answer>;

const isOk = ({ type }: Answer) => type === 'ok';
const add = (value: number) => ({ f: 'add', value });
const read = { f: 'read', value: null };
const readNode = (node: string) => ({ f: 'read-node', value: [node, null] });

test('a Redis and a Sentinel on each node, replicated from the first', async () => {
  const cluster = await deploy(3, { wait: 2, password: 'a "quoted" \\ word\nrequirepass none' });
  expect(await cluster.primaries()).toEqual(['n1']);
  const invoke = await connect(cluster, 'n2', nodes[2]!.address);
  for (const value of [2, 1, 10]) expect(await invoke(add(value))).toEqual({ type: 'ok' });
  expect(await invoke(read)).toEqual({ type: 'ok', value: [1, 2, 10] });
  for (const node of ['n1', 'n2', 'n3'])
    expect(await invoke(readNode(node))).toEqual({ type: 'ok', value: [node, [1, 2, 10]] });
  expect(await invoke(readNode('n9'))).toEqual({ type: 'fail', error: 'there is no node "n9"' });
  expect(cluster.logs('n2').map((path) => readFileSync(path, 'utf8'))).toEqual([
    expect.stringContaining('Ready to accept connections'),
    expect.stringContaining('+monitor master main'),
  ]);
});

test('the Sentinels promote a replica where the primary was killed; it comes back as a replica', async () => {
  const cluster = await deploy(3);
  const asking = await connect(cluster, 'n3');
  const keeping = keepingClient('n2');
  expect(await asking(add(1))).toEqual({ type: 'ok' });
  expect(await keeping(add(2))).toEqual({ type: 'ok' });
  for (const node of ['n2', 'n3'])
    await eventually(`${node} has both`, async () => String((await asking(readNode(node))).value) === `${node},1,2`);
  await cluster.kill('n1');
  expect(await cluster.processes('n1')).toBe('dead');
  expect(await cluster.ready()).toBe('n1: Redis does not answer');
  for (const [invoke, value] of [
    [asking, 3],
    [keeping, 4],
  ] as const)
    await eventually('another primary takes a write', async () => isOk(await invoke(add(value))), 30_000);
  const [primary] = await cluster.primaries();
  expect(['n2', 'n3']).toContain(primary);

  await cluster.start('n1');
  await becomesReady(cluster);
  expect(await cluster.primaries()).toEqual([primary]);
  expect(await asking(readNode('n1'))).toEqual({ type: 'ok', value: ['n1', [1, 2, 3, 4]] });
});

test('a paused node is not ready, and goes on where it was', async () => {
  const cluster = await deploy(3, { sentinel: false });
  await cluster.pause('n2');
  await eventually('n2 is paused', async () => (await cluster.processes('n2')) === 'paused');
  expect(await cluster.ready()).toBe('n2: Redis does not answer');
  await cluster.resume('n2');
  await becomesReady(cluster);
  expect(await cluster.processes('n2')).toBe('running');
});

test('a single node runs without Sentinel; killed, it restarts with what its log has; paused, it can still be stopped', async () => {
  const cluster = await deploy(1, { appendonly: true });
  const invoke = await connect(cluster, 'n1');
  expect(cluster.logs('n1')).toHaveLength(1);
  await invoke(add(1));
  await cluster.kill('n1');
  expect(await invoke(add(2))).not.toEqual({ type: 'ok' });
  await cluster.start('n1');
  await becomesReady(cluster);
  await eventually('the client is connected again', async () => isOk(await invoke(readNode('n1'))));
  expect(await invoke(read)).toEqual({ type: 'ok', value: [1] });
  await cluster.pause('n1');
  await cluster.stop('n1');
  expect(await cluster.processes('n1')).toBe('dead');
});

test('another version than the installed one is refused', async () => {
  await expect(deploy(1, { version: '1.2' })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^Cannot run Redis 1\.2 on n1: \d+\.\d+\.\d+ is installed$/),
    fields: { node: 'n1' },
  });
});
