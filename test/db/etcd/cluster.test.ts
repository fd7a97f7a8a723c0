/** A whole cluster of real members, deployed on loopback nodes: readiness, elections, restarts, every operation. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Node } from '../../../src/contract/index.ts';
import { Gateway } from '../../../src/db/etcd/client-gateway.ts';
import { etcd } from '../../../src/db/etcd/index.ts';
import type { MicroOp } from '../../../src/workload/append/index.ts';
import { becomesReady, eventually } from '../eventually.ts';
import { cleanUp, clientOf, DEFAULTS, type Deployed, deploy, leaderOf } from './bench.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await deploy(3, { snapshot_count: 50 });
}, 60_000);
afterAll(cleanUp);

/** A client that begins at a node of its own, and moves on where its member does not answer. */
const client = (workload: string, home = 0) =>
  clientOf(deployed.members, { workload, place: { member: home }, moves: true });

test('one leader, and the logs say so', async () => {
  const { cluster } = deployed;
  const primaries = await cluster.primaries();
  expect(primaries).toHaveLength(1);
  expect(await cluster.ready()).toBeUndefined();
  expect(cluster.logs('n2').map((path) => readFileSync(path, 'utf8'))).toEqual([
    expect.stringContaining('published local member to cluster through raft'),
  ]);
});

describe('a set', () => {
  test('is the same at every member; a client of the cluster comes from its seat’s address', async () => {
    const { cluster, nodes } = deployed;
    const adding = await cluster.connect({ client: 0, home: 'n2', address: nodes[2]!.address });
    for (const value of [2, 1, 10]) expect(await adding.invoke({ f: 'add', value })).toEqual({ type: 'ok' });
    expect(await adding.invoke({ f: 'add', value: 1 })).toEqual({ type: 'ok' });
    for (const home of [0, 1, 2])
      expect(await client('set', home).do('read', null)).toEqual({ type: 'ok', value: [1, 2, 10] });
    for (const node of ['n1', 'n2', 'n3'])
      await eventually(`${node} has all`, async () => {
        const { value } = (await client('set').do('read-node', [node, null])) as { value: [string, number[]] };
        return String(value) === `${node},1,2,10`;
      });
    await adding.close();
    const elsewhere = await cluster.connect({ client: 1, home: 'n2', address: '192.0.2.7' });
    expect(await elsewhere.invoke({ f: 'add', value: 3 })).toMatchObject({
      ...{ type: 'fail', error: expect.stringContaining('EADDRNOTAVAIL 192.0.2.7') },
    });
    await elsewhere.close();
  });

  test('verify says what is so for good: an addition that comes after it does nothing', async () => {
    const one = client('set');
    expect(await one.do('verify', 10)).toEqual({ type: 'ok', value: [10, true] });
    for (let i = 0; i < 2; i++) expect(await one.do('verify', 77)).toEqual({ type: 'ok', value: [77, false] });
    expect(await client('set', 1).do('add', 77)).toEqual({
      ...{ type: 'fail', error: '77 was verified before it had arrived, and is not to happen any more' },
    });
    expect(await one.do('add', 10)).toEqual({ type: 'ok' });
    expect(await one.do('read', null)).toEqual({ type: 'ok', value: [1, 2, 10] });
  });

  test('of more than a page is read whole', async () => {
    const elements = Array.from({ length: 2_100 }, (_, i) => i + 1_000);
    const { host, port } = deployed.members[0]!;
    const gateway = new Gateway(
      { host, port, connectTimeoutMs: 1_000 },
      { requestTimeoutMs: 20_000, requireLeader: false },
    );
    // As many puts as etcd takes in one transaction.
    for (let i = 0; i < elements.length; i += 100) {
      const puts = elements.slice(i, i + 100).map((element) => ({ put: `set/${element}`, value: '' }));
      await gateway.txn([], puts);
    }
    gateway.close();
    expect(await client('set').do('read', null)).toEqual({ type: 'ok', value: [1, 2, 10, ...elements] });
  });
});

test('a register: null, what was written, what was swapped; a cas that does not fit says what it found', async () => {
  const [one, other] = [client('register'), client('register', 1)];
  expect(await one.do('read', [7, null])).toEqual({ type: 'ok', value: [7, null] });
  expect(await one.do('cas', [7, [0, 1]])).toEqual({ type: 'fail', error: 'it is null, not 0' });
  expect(await one.do('write', [7, 0])).toEqual({ type: 'ok' });
  expect(await other.do('read', [7, null])).toEqual({ type: 'ok', value: [7, 0] });
  expect(await other.do('cas', [7, [0, 1]])).toEqual({ type: 'ok' });
  await eventually(
    'n3 has it',
    async () => String(((await one.do('read-node', [7, ['n3', null]])) as { value: unknown }).value) === '7,n3,1',
  );
  expect(await one.do('cas', [7, [0, 2]])).toEqual({ type: 'fail', error: 'it is 1, not 0' });
  expect(await one.do('read', [7, null])).toEqual({ type: 'ok', value: [7, 1] });
});

/** Runs `f` so many times by each of four clients at once. @returns the outcomes. */
async function together(workload: string, times: number, f: string, value: unknown) {
  const clients = [0, 1, 2, 0].map((home) => client(workload, home));
  const each = clients.map(async (one) => {
    const outcomes = [];
    for (let i = 0; i < times; i++) outcomes.push(await one.do(f, value));
    return outcomes;
  });
  return (await Promise.all(each)).flat();
}
const ok = (outcomes: readonly { type: string; value?: unknown }[]) =>
  outcomes.flatMap(({ type, value }) => (type === 'ok' ? [value] : []));

test('a counter, by many at once, is the sum of what was acknowledged', async () => {
  expect(await client('counter').do('read', null)).toEqual({ type: 'ok', value: 0 });
  const added = ok(await together('counter', 5, 'add', -3)).length;
  expect(added).toBeGreaterThan(10);
  expect(await client('counter', 1).do('read', null)).toEqual({ type: 'ok', value: -3 * added });
});

test('ids are never given twice; a number grows by one each time', async () => {
  const ids = ok(await together('unique-ids', 5, 'generate', null));
  expect(new Set(ids).size).toBe(20);
  expect(await client('monotonic').do('read', null)).toEqual({ type: 'ok', value: 0 });
  const numbers = ok(await together('monotonic', 5, 'increment', null)) as number[];
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(await client('monotonic', 1).do('read', null)).toEqual({ type: 'ok', value: 20 });
});

test('a queue gives each element once, the oldest first, and the rest to whoever drains it', async () => {
  const one = client('queue');
  expect(await one.do('dequeue', null)).toEqual({ type: 'fail', error: 'the queue is empty' });
  for (let element = 30; element > 0; element--) expect(await one.do('enqueue', element)).toEqual({ type: 'ok' });
  expect(await client('queue', 1).do('dequeue', null)).toEqual({ type: 'ok', value: 30 });
  const taken = ok(await together('queue', 3, 'dequeue', null)) as number[];
  expect(new Set(taken)).toEqual(new Set(Array.from({ length: taken.length }, (_, i) => 29 - i)));
  const left = Array.from({ length: 29 - taken.length }, (_, i) => 29 - taken.length - i);
  expect(await client('queue', 2).do('drain', null)).toEqual({ type: 'ok', value: left });
  expect(await one.do('drain', null)).toEqual({ type: 'ok', value: [] });
});

test('a lock is held by one, by a token that grows, until it is released or its lease ends', async () => {
  const [one, other] = [client('lock'), client('lock', 1)];
  const first = ((await one.do('acquire', null)) as { value: number }).value;
  expect(await other.do('acquire', null)).toEqual({ type: 'fail', error: `it is held with token ${first}` });
  expect(await other.do('release', first - 1)).toMatchObject({ type: 'info' });
  expect(await one.do('release', first)).toEqual({ type: 'ok' });
  const short = clientOf(deployed.members, { workload: 'lock', leaseS: 1 });
  const second = ((await short.do('acquire', null)) as { value: number }).value;
  expect(second).toBeGreaterThan(first);
  let third = 0;
  await eventually('its lease ends', async () => {
    const outcome = await other.do('acquire', null);
    if (outcome.type === 'ok') third = outcome.value as number;
    return outcome.type === 'ok';
  });
  expect(third).toBeGreaterThan(second);
  expect(await short.do('release', second)).toEqual({ type: 'info', error: 'it is not held with this token any more' });
});

test('messages come once, as they were sent; what a client was given and nobody has heard of comes again', async () => {
  const place = { member: 0 };
  const receiver = () => clientOf(deployed.members, { workload: 'messages', place });
  const sender = client('messages', 1);
  const messages = Array.from({ length: 12 }, (_, n) => [1, n]);
  const first = receiver();
  expect(await first.do('receive', null)).toEqual({ type: 'ok', value: [] });
  for (const message of messages) expect(await sender.do('send', message)).toEqual({ type: 'ok' });
  expect(await first.do('receive', null)).toEqual({ type: 'ok', value: messages });
  // It was given up before it could say so.
  const second = receiver();
  expect(await second.do('receive', null)).toEqual({ type: 'ok', value: messages });
  await sender.do('send', [1, 12]);
  expect(await second.do('receive', null)).toEqual({ type: 'ok', value: [[1, 12]] });
  expect(await second.do('receive', null)).toEqual({ type: 'ok', value: [] });
  expect(await receiver().do('drain', null)).toEqual({ type: 'ok', value: [] });
});

test('transactions on lists, many at once: nothing is lost, nothing twice, and each sees its own', async () => {
  const clients = [0, 1, 2, 0].map((home) => client('append', home));
  const acknowledged = new Set<number>();
  await Promise.all(
    clients.map(async (one, i) => {
      for (let k = 0; k < 10; k++) {
        const element = 100 * i + k;
        const ops = [
          ['append', 1, element],
          ['r', 1, null],
          ['append', 2, element],
        ];
        const outcome = (await one.do('txn', ops)) as { type: string; value: MicroOp[] };
        // One whose member is further from the leader than the others' may lose the race 20 times: it has written nothing.
        expect(outcome.type).toMatch(/^(ok|fail)$/);
        if (outcome.type === 'fail') continue;
        expect((outcome.value[1] as [string, number, number[]])[2].at(-1)).toBe(element);
        acknowledged.add(element);
      }
    }),
  );
  const { value } = (await client('append').do('txn', [
    ['r', 1, null],
    ['r', 2, null],
    ['r', 3, null],
  ])) as { value: MicroOp[] };
  const [one, two, three] = value.map((op) => op[2] as readonly number[]);
  expect(acknowledged.size).toBeGreaterThanOrEqual(20);
  expect(one?.length).toBe(acknowledged.size);
  expect(new Set(one)).toEqual(acknowledged);
  expect(two).toEqual(one);
  expect(three).toEqual([]);
});

describe('deaths', () => {
  test('the leader is killed: another leads, and it comes back with what it missed', async () => {
    const { cluster } = deployed;
    const [old = ''] = await cluster.primaries();
    await cluster.kill(old);
    expect(await cluster.processes(old)).toBe('dead');
    expect(await cluster.ready()).toContain(`${old}: etcd does not answer`);
    const leader = deployed.members[await leaderOf(deployed)]?.node;
    expect(leader).not.toBe(old);
    const one = client('set');
    await eventually('a write is taken', async () => (await one.do('add', 5_000)).type === 'ok');
    await cluster.start(old);
    await becomesReady(cluster);
    expect(await cluster.primaries()).toEqual([leader]);
    const { value } = (await one.do('read-node', [old, null])) as { value: [string, number[]] };
    expect(value[1]).toContain(5_000);
  });

  test('all are killed at once: what was acknowledged is there when they are back', async () => {
    const { cluster, members } = deployed;
    const before = await client('set').do('read', null);
    const last = client('set').do('add', 6_000);
    expect(await last).toEqual({ type: 'ok' });
    await Promise.all(members.map(({ node }) => cluster.kill(node)));
    expect(await cluster.primaries()).toEqual([]);
    await Promise.all(members.map(({ node }) => cluster.start(node)));
    await becomesReady(cluster);
    const { value } = before as { value: number[] };
    expect(await client('set').do('read', null)).toEqual({ type: 'ok', value: [...value, 6_000] });
  });

  test('a client talks to the member of its home, and waits for it where it is paused', async () => {
    const { cluster, members } = deployed;
    const leader = await leaderOf(deployed);
    const { node, host } = members[leader === 2 ? 1 : 2]!;
    await cluster.pause(node);
    const client = await cluster.connect({ client: 2, home: node });
    expect(await client.invoke({ f: 'add', value: 7_000 })).toEqual({
      ...{ type: 'info', error: `no answer from ${host}:2379 within 2000 ms` },
    });
    await client.close();
    await cluster.resume(node);
    await becomesReady(cluster);
  });

  test('a paused leader is none, and not ready; it goes on as a follower; paused, a member can still be stopped', async () => {
    const { cluster } = deployed;
    const old = deployed.members[await leaderOf(deployed)]!.node;
    await cluster.pause(old);
    expect(await cluster.processes(old)).toBe('paused');
    expect(await cluster.primaries()).not.toContain(old);
    expect(await cluster.ready()).toContain(`${old}: etcd does not answer`);
    await leaderOf(deployed);
    await cluster.resume(old);
    await becomesReady(cluster);
    expect(await cluster.primaries()).not.toContain(old);
    await cluster.pause(old);
    await cluster.stop(old);
    expect(await cluster.processes(old)).toBe('dead');
  });
});

/** A node that answers what it is told to. */
function answering(answer: (argv: readonly string[]) => string, spawn = async () => {}): Node {
  return {
    ...{ name: 'n1', address: '127.0.0.1', dir: '/nowhere' },
    exec: async (argv) => ({ stdout: answer(argv), stderr: '', exitCode: 0, timedOut: false }),
    spawn,
    state: async () => 'dead',
    write: async () => {},
    read: async () => '',
    upload: async () => {},
    signal: async () => {},
    logPath: () => '',
  };
}

function deployOn(node: Node, version?: string) {
  return etcd.deploy!({
    nodes: [node],
    settings: { ...DEFAULTS, ...(version !== undefined && { version }) },
    ...{ workload: 'set', workloadSettings: {}, log: undefined as never, clock: undefined as never },
  });
}

test('a member that says all is well, and through which nothing can be read, is not ready', async () => {
  const status = { header: { member_id: 5 }, leader: 5, raftTerm: 2, raftIndex: 3, raftAppliedIndex: 3 };
  let readable = false;
  const node = answering((argv) => {
    if (argv.includes('health') && !readable) throw new Error('unhealthy cluster');
    return argv.includes('status') ? JSON.stringify([{ Status: status }]) : 'etcd Version: 3.4.23';
  });
  const cluster = await deployOn(node);
  expect(await cluster.ready()).toBe('n1: no linearizable read through its etcd succeeds');
  readable = true;
  expect(await cluster.ready()).toBeUndefined();
});

test.each([
  ['3.4.23', '3.5', 'Cannot run etcd 3.5 on n1: 3.4.23 is installed'],
  ['3.3.25', undefined, 'Cannot run etcd on n1: 3.3.25 is installed'],
  ['2.9.0', '2', 'Cannot run etcd on n1: 2.9.0 is installed'],
  ['3.4.23', '3.4', 'it was started'],
  ['3.10.1', undefined, 'it was started'],
  ['4.0.0', undefined, 'it was started'],
])('version %s is installed, %s is wanted: %s', async (installed, wanted, message) => {
  const started = () => Promise.reject(new Error('it was started'));
  const node = answering(() => `etcd Version: ${installed}\nGo Version: go1.19.8\n`, started);
  await expect(deployOn(node, wanted)).rejects.toThrow(message);
});
