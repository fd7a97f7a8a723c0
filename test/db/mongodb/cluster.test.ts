/** A whole replica set, deployed on loopback nodes, of the double's processes: the way from a plan's settings to a mongod and back. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../src/base/logger.ts';
import type { Client, Cluster, Invocation, Node, Outcome } from '../../../src/contract/index.ts';
import { admin } from '../../../src/db/mongodb/client-admin.ts';
import { mongodb } from '../../../src/db/mongodb/index.ts';
import { findMongod } from '../../../src/db/mongodb/mongod.ts';
import { makeRealClock } from '../../../src/env/real-clock.ts';
import { becomesReady, eventually } from '../eventually.ts';
import { type LoopbackNode, loopbackNodes } from '../loopback-nodes.ts';
import { buildDouble } from './double/build.ts';
import { settingsOf } from './plan.ts';

vi.setConfig({ testTimeout: 60_000 });

const clock = makeRealClock();

let double: string;
let nodes: LoopbackNode[] = [];
const clients: Client[] = [];

beforeAll(() => {
  double = buildDouble();
});
afterAll(() => rmSync(dirname(double), { recursive: true }));
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const client of clients.splice(0)) await client.close();
  await Promise.all(nodes.splice(0).map((node) => node.remove()));
});

/** Deploys it with `mongod` as MONGOD. */
async function deploy(count: number, given: object = {}, mongod = double, workload = 'set'): Promise<Cluster> {
  vi.stubEnv('MONGOD', mongod);
  nodes = await loopbackNodes(count);
  const settings = settingsOf({ election_timeout: '1s', heartbeat_interval: '200ms', ...given }, count);
  return mongodb.deploy!({ nodes, settings, workload, workloadSettings: {}, clock, log: silentLogger });
}

async function connect(cluster: Cluster, address?: string): Promise<(op: Invocation) => Promise<Outcome>> {
  const client = await cluster.connect({ client: 0, home: 'n1', ...(address === undefined ? {} : { address }) });
  clients.push(client);
  return async (op) => client.invoke(op);
}

const add = (value: number) => ({ f: 'add', value });
const read = { f: 'read', value: null };
const readNode = (node: string) => ({ f: 'read-node', value: [node, null] });
const isOk = ({ type }: Outcome) => type === 'ok';

test('the workload decides what its clients do', async () => {
  const cluster = await deploy(1, {}, double, 'register');
  await becomesReady(cluster);
  const invoke = await connect(cluster);
  expect(await invoke({ f: 'write', value: [1, 5] })).toEqual({ type: 'ok' });
  expect(await invoke({ f: 'cas', value: [1, [5, 6]] })).toEqual({ type: 'ok' });
  expect(await invoke({ f: 'read-node', value: [1, ['n1', null]] })).toEqual({ type: 'ok', value: [1, ['n1', 6]] });
});

test('a set of three, the first node its primary; every member can be read', async () => {
  // Long before anybody would stand of its own accord.
  const cluster = await deploy(3, { election_timeout: '10m' });
  await becomesReady(cluster);
  expect(await cluster.primaries()).toEqual(['n1']);
  const origin = nodes[0]!.address.replace(/\d+$/, '77');
  const invoke = await connect(cluster, origin);
  for (const value of [2, 1, 10]) expect(await invoke(add(value))).toEqual({ type: 'ok' });
  expect(await invoke(read)).toEqual({ type: 'ok', value: [1, 2, 10] });
  for (const node of ['n1', 'n2', 'n3'])
    await eventually(
      `${node} has all`,
      async () => String(((await invoke(readNode(node))) as { value?: unknown }).value) === `${node},1,2,10`,
    );
  expect(await invoke(readNode('n9'))).toEqual({ type: 'fail', error: 'there is no node "n9"' });
  const log = readFileSync(cluster.logs('n2')[0]!, 'utf8');
  expect(log).toContain('has been taken into the set');
  expect(log).toContain(`connections from ${origin}\n`);
});

test('what the plan says reaches mongod.conf and the configuration of the set', async () => {
  await deploy(3, {
    ...{ chaining: false, priorities: [1, 5, 0], journal_commit_interval: '30ms' },
    ...{ heartbeat_timeout: '3s', heartbeat_interval: '300ms', election_timeout: '1500ms' },
  }).then(becomesReady);
  const [n1, n2, n3] = nodes as [LoopbackNode, LoopbackNode, LoopbackNode];
  const conf = JSON.parse(readFileSync(join(n2.dir, 'mongod.conf'), 'utf8'));
  expect(conf).toEqual({
    net: { bindIp: n2.address, port: 27017, unixDomainSocket: { enabled: false } },
    storage: {
      dbPath: join(n2.dir, 'mongod'),
      journal: { commitIntervalMs: 30 },
      wiredTiger: { engineConfig: { cacheSizeGB: 0.25 } },
    },
    replication: { replSetName: 'plan-run' },
  });
  const { config } = await admin(n1, { replSetGetConfig: 1 });
  expect(config).toEqual({
    ...{ _id: 'plan-run', version: 1 },
    members: [
      { _id: 0, host: `${n1.address}:27017`, priority: 1 },
      { _id: 1, host: `${n2.address}:27017`, priority: 5 },
      { _id: 2, host: `${n3.address}:27017`, priority: 0 },
    ],
    settings: {
      chainingAllowed: false,
      heartbeatIntervalMillis: 300,
      heartbeatTimeoutSecs: 3,
      electionTimeoutMillis: 1500,
    },
  });
  // Who would take over is primary from the beginning.
  expect(await admin(n2, { hello: 1 })).toMatchObject({ isWritablePrimary: true });
});

test('a killed primary is replaced, and comes back as a secondary with what it had', async () => {
  const cluster = await deploy(3);
  await becomesReady(cluster);
  const invoke = await connect(cluster);
  expect(await invoke(add(1))).toEqual({ type: 'ok' });
  await cluster.kill('n1');
  expect(await cluster.processes('n1')).toBe('dead');
  expect(await cluster.ready()).toBe('n1: mongod does not answer');
  await eventually('another primary takes a write', async () => isOk(await invoke(add(2))), 30_000);
  const [primary] = await cluster.primaries();
  expect(['n2', 'n3']).toContain(primary);
  await cluster.start('n1');
  await becomesReady(cluster);
  // Nobody puts n1 back, once the set has begun.
  expect(await cluster.primaries()).toEqual([primary]);
  expect(await invoke(readNode('n1'))).toEqual({ type: 'ok', value: ['n1', [1, 2]] });
});

test('a paused node is not ready, and answers nobody; it goes on where it was; it can be stopped', async () => {
  const cluster = await deploy(3);
  await becomesReady(cluster);
  await cluster.pause('n1');
  await eventually('n1 is paused', async () => (await cluster.processes('n1')) === 'paused');
  expect(await cluster.ready()).toBe('n1: mongod does not answer');
  await eventually('the others have a primary', async () => (await cluster.primaries()).length === 1, 30_000);
  expect(await cluster.primaries()).not.toContain('n1');
  await cluster.resume('n1');
  await becomesReady(cluster);
  await cluster.pause('n2');
  await cluster.stop('n2');
  expect(await cluster.processes('n2')).toBe('dead');
  expect(readFileSync(cluster.logs('n2')[0]!, 'utf8')).toContain('ends on SIGTERM');
});

/** The node with another PATH, and MONGOD or none. */
async function nodeWith(path: string, mongod?: string): Promise<Node> {
  nodes = await loopbackNodes(1);
  const node = nodes[0]!;
  const variables = [`PATH=${path}`, ...(mongod === undefined ? [] : [`MONGOD=${mongod}`])];
  return { ...node, exec: (argv, options) => node.exec(['env', '-u', 'MONGOD', ...variables, ...argv], options) };
}

test.each([[undefined], ['/nowhere/mongod']])(
  'without a mongod (MONGOD is %s) it says where it has looked, and the ways out',
  async (mongod) => {
    const node = await nodeWith('/usr/bin:/bin', mongod);
    await expect(findMongod(node, settingsOf({}))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'There is no mongod for n1: MONGOD is not set to one, and there is none on PATH',
      fields: { node: 'n1', hint: expect.stringMatching(/MONGOD.*PATH.*install: download.*--env sim/) },
    });
  },
);

test('mongod is found on PATH; MONGOD comes first', async () => {
  expect(await findMongod(await nodeWith(`${dirname(double)}:/usr/bin:/bin`), settingsOf({}))).toBe(double);
  await nodes.splice(0)[0]!.remove();
  const path = `/nowhere:${dirname(double)}:/usr/bin:/bin`;
  const other = join(dirname(double), 'other');
  writeFileSync(other, `#!/bin/sh\nexec '${double}' "$@"\n`, { mode: 0o755 });
  expect(await findMongod(await nodeWith(path, other), settingsOf({}))).toBe(other);
});

test('another version than the installed one is refused, and one that is too old', async () => {
  await expect(deploy(1, { version: '7.1' })).rejects.toMatchObject({
    code: 'unavailable',
    message: 'Cannot run MongoDB 7.1 on n1: 7.0.99 is installed',
    fields: { node: 'n1', hint: expect.stringContaining('database.mongodb.version') },
  });
  await nodes.splice(0)[0]!.remove();
  // 7.0 is the number 7 in YAML.
  await becomesReady(await deploy(1, { version: 7.0 }));
  await nodes.splice(0)[0]!.remove();
  const old = join(dirname(double), 'old');
  writeFileSync(old, '#!/bin/sh\necho "db version v4.2.24"\n', { mode: 0o755 });
  await expect(deploy(1, {}, old)).rejects.toMatchObject({
    code: 'unavailable',
    message: `Cannot run ${old} on n1: it is 4.2.24`,
    fields: { hint: 'the driver speaks with MongoDB 4.4 and later' },
  });
});

test('a mongod that does not start is told with the end of its log', async () => {
  const broken = join(dirname(double), 'broken');
  writeFileSync(
    broken,
    '#!/bin/sh\n[ "$1" = --version ] && exec echo "db version v8.0.1"\necho "no space left"; exit 1\n',
    {
      mode: 0o755,
    },
  );
  await expect(deploy(1, {}, broken)).rejects.toMatchObject({
    code: 'command-failed',
    message: 'Cannot start mongod on n1: it has ended',
    fields: { node: 'n1', stderr: expect.stringContaining('no space left') },
  });
});
