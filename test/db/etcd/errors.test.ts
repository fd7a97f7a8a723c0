/**
 * Each row of the error table, provoked: real members that refuse, stall and die; where etcd cannot be brought to say it
 * at will, a server that says the same in its stead.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Outcome } from '../../../src/contract/index.ts';
import { type Ended, Gateway } from '../../../src/db/etcd/client-gateway.ts';
import { classify, ERRORS, EtcdError } from '../../../src/db/etcd/errors.ts';
import { becomesReady, eventually } from '../eventually.ts';
import { cleanUp, clientOf, type Deployed, deploy, HEADER, leaderOf, local, serve } from './bench.ts';
import { freePort, startMember } from './member.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await deploy(3);
}, 60_000);
afterAll(cleanUp);

/** What each message means, and so what the table must say; those that a test below brings real members to say. */
const BY_REAL_MEMBERS: Record<string, 'fail' | 'info'> = {
  'etcdserver: no leader': 'fail',
  'etcdserver: request is too large': 'fail',
  'etcdserver: requested lease not found': 'fail',
  'raft proposal dropped': 'fail',
  'etcdserver: mvcc: database space exceeded': 'info',
  'etcdserver: request timed out': 'info',
  'etcdserver: request timed out, possibly due to previous leader failure': 'info',
  'context deadline exceeded': 'info',
};
/** And those that a server says in their stead. */
const BY_A_SERVER: Record<string, 'fail' | 'info'> = {
  'etcdserver: not capable': 'fail',
  'etcdserver: too many requests': 'fail',
  'etcdserver: request timed out, possibly due to connection lost': 'info',
  'etcdserver: server stopped': 'info',
  'etcdserver: leader changed': 'info',
};
const MEANING = { ...BY_REAL_MEMBERS, ...BY_A_SERVER };

const ended = (message: string) => ({ type: MEANING[message], error: message });
const only = (member: number) => [deployed.members[member]!];

test('each message has its provocation, and its meaning', () => {
  const rows = ERRORS.filter(({ message }) => message !== '').map(({ message, outcome }) => [message, outcome]);
  expect(Object.fromEntries(rows)).toEqual(MEANING);
});

test.each(Object.keys(BY_A_SERVER))('%s, said by a server in its stead', async (message) => {
  const { port } = await serve(() => ({ status: 503, body: { error: message, message, code: 14 } }));
  expect(await clientOf([local(port)]).do('add', 1)).toEqual(ended(message));
});

test('request is too large: fail', async () => {
  const member = await startMember({ 'max-request-bytes': '10' });
  expect(await clientOf([member]).do('add', 1)).toEqual(ended('etcdserver: request is too large'));
});

test('requested lease not found: fail, whatever else was in the transaction', async () => {
  const { host, port } = deployed.members[0]!;
  const options = { requestTimeoutMs: 20_000, requireLeader: false };
  const gateway = new Gateway({ host, port, connectTimeoutMs: 1_000 }, options);
  const puts = [
    { put: 'before', value: '' },
    { put: 'under it', value: '', lease: '4242' },
  ];
  const refused = await gateway.txn([], puts).catch((error: Ended) => error.outcome);
  expect(refused).toEqual(ended('etcdserver: requested lease not found'));
  expect((await gateway.txn([], [{ range: 'before' }, { range: 'under it' }])).entries).toEqual([[], []]);
  gateway.close();
});

test('database space exceeded: info, for etcd says so of what it has written, too', async () => {
  const member = await startMember({ 'quota-backend-bytes': '1' });
  const client = clientOf([member], { workload: 'register' });
  // It refuses this one, but nobody can tell that from the next.
  expect(await client.do('write', [1, 1])).toEqual(ended('etcdserver: mvcc: database space exceeded'));

  // All are let in at once, while there is room for one, and are written: unless the member is so slow that they come one by one.
  let told = 0;
  for (let turn = 0; told === 0 && turn < 10; turn++) {
    const { host, port } = await startMember({ 'quota-backend-bytes': '300000', 'backend-batch-limit': '1' });
    const ask = async (what: string, body: object) =>
      (await fetch(`http://${host}:${port}/v3/kv/${what}`, {
        method: 'POST',
        body: JSON.stringify(body),
      }).then((answer) => answer.json())) as { error?: string; count?: string };
    const keys = Array.from({ length: 10 }, (_, k) => btoa(`k${k}`));
    const puts = await Promise.all(keys.map((key) => ask('put', { key, value: btoa('x'.repeat(90_000)) })));
    for (const [k, { error }] of puts.entries()) {
      if (error === undefined) continue;
      const { count = '0' } = await ask('range', { key: keys[k], count_only: true });
      if (count === '1' && error === 'etcdserver: mvcc: database space exceeded') told++;
    }
  }
  expect(told, 'puts that were answered so, and are there').toBeGreaterThan(0);
});

test('raft proposal dropped: fail, while the leader hands over to a member that does not answer', async () => {
  const { cluster, nodes } = deployed;
  const leader = await leaderOf(deployed);
  const heir = nodes[(leader + 1) % 3]!;
  const address = `http://${nodes[leader]!.address}:2379`;
  const { stdout } = await heir.exec([
    'etcdctl',
    `--endpoints=http://${heir.address}:2379`,
    'endpoint',
    'status',
    '-w',
    'json',
  ]);
  const id = BigInt(/"member_id":(\d+)/.exec(stdout)?.[1] ?? '0').toString(16);
  await cluster.pause(heir.name);
  const handing = nodes[leader]!.exec(['etcdctl', `--endpoints=${address}`, 'move-leader', id], { allowFailure: true });
  const client = clientOf(only(leader));
  const outcomes: Outcome[] = [];
  let element = 0;
  await eventually('a proposal is dropped', async () => {
    outcomes.push(await client.do('add', element++));
    return outcomes.at(-1)?.type !== 'ok';
  });
  expect(outcomes.at(-1)).toEqual(ended('raft proposal dropped'));
  await cluster.resume(heir.name);
  await handing;
  await becomesReady(cluster);
  expect(await client.do('read', null)).toEqual({
    type: 'ok',
    value: Array.from({ length: element - 1 }, (_, i) => i),
  });
});

test('no majority: what was proposed times out, what cannot be proposed does so, too, or is refused where that is set', async () => {
  const { cluster, nodes } = deployed;
  const leader = await leaderOf(deployed);
  const others = nodes.filter((_, i) => i !== leader);
  const add = (element: number, requireLeader = false) => clientOf(only(leader), { requireLeader }).do('add', element);
  await Promise.all(others.map(({ name }) => cluster.pause(name)));
  const proposed = add(1_001);
  const read = clientOf(only(leader)).do('read', null);
  await eventually('the leader steps down', async () => (await cluster.primaries()).length === 0);
  const held = add(1_002);
  expect(await add(1_003, true)).toEqual(ended('etcdserver: no leader'));
  expect(await proposed).toEqual(ended('etcdserver: request timed out'));
  expect(await read).toMatchObject({ type: 'fail' });
  expect(await held).toEqual(ended('context deadline exceeded'));
  await Promise.all(others.map(({ name }) => cluster.resume(name)));
  await becomesReady(cluster);
  // The first may have been carried out since; the refused one never.
  const { value } = (await clientOf(deployed.members).do('read', null)) as { value?: number[] };
  expect(value).not.toContain(1_003);
});

test('the leader is lost with what was sent on to it: info', async () => {
  const { cluster, nodes } = deployed;
  const leader = await leaderOf(deployed);
  await cluster.pause(nodes[leader]!.name);
  // Only the member that becomes leader says whose failure it was, of those it was asked within two election timeouts before.
  const adds: Promise<Outcome>[] = [];
  const adding = setInterval(() => {
    for (const other of [1, 2]) adds.push(clientOf(only((leader + other) % 3)).do('add', adds.length));
  }, 50);
  await eventually('there is another leader', async () => {
    const primaries = await cluster.primaries();
    return primaries.length === 1 && primaries[0] !== nodes[leader]!.name;
  }).finally(() => clearInterval(adding));
  const message = 'etcdserver: request timed out, possibly due to previous leader failure';
  const outcomes = await Promise.all(adds);
  expect(outcomes).toContainEqual(ended(message));
  for (const outcome of outcomes) expect(['ok', 'info']).toContain(outcome.type);
  // A paused member takes what it is sent. Killed, it may have been on its way.
  const pending = clientOf(only(leader)).do('add', 100);
  const refused = async () => clientOf(only(leader)).do('add', 101);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await cluster.kill(nodes[leader]!.name);
  expect(await pending).toMatchObject({ type: 'info' });
  expect(await refused()).toMatchObject({ type: 'fail', error: expect.stringContaining('ECONNREFUSED') });
});

test('before anything was sent: fail; without an answer, or with one that no row knows: info', async () => {
  expect(await clientOf([local(await freePort())]).do('add', 1)).toMatchObject({ type: 'fail' });
  // Nobody answers at an address of the documentation's (RFC 5737); what the system says of it differs.
  const nowhere = clientOf([{ node: 'n', host: '192.0.2.1', port: 2379 }], { connectTimeoutMs: 50 });
  expect(await nowhere.do('add', 1)).toMatchObject({ type: 'fail' });

  const add = async (answer: Parameters<typeof serve>[0], config = {}) =>
    clientOf([local((await serve(answer)).port)], config).do('add', 1);
  expect(await add(() => 'hang up')).toMatchObject({ type: 'info' });
  expect(await add(() => 'nothing', { requestTimeoutMs: 50 })).toMatchObject({
    ...{ type: 'info', error: expect.stringMatching(/^no answer from 127.0.0.1:\d+ within 50 ms$/) },
  });
  expect(await add(() => ({ status: 500, body: { message: 'etcdserver: no leader, who knows', code: 13 } }))).toEqual({
    ...{ type: 'info', error: 'etcdserver: no leader, who knows' },
  });
  expect(await add(() => ({ status: 502, body: '<html>Bad gateway' }))).toEqual({
    ...{ type: 'info', error: 'the answer is no JSON (HTTP 502): <html>Bad gateway' },
  });
  expect(await add(() => ({ status: 200, body: { welcome: true } }))).toEqual({
    ...{ type: 'info', error: `the answer is not etcd's: {"welcome":true}` },
  });
  expect(await add(() => ({ status: 503, body: {} }))).toEqual({ type: 'info', error: 'HTTP 503' });
  // No answer says that it succeeded but one that does.
  expect(await add(() => ({ header: HEADER }))).toMatchObject({ type: 'fail' });
});

test('a read changes nothing, however it ends: fail', async () => {
  const { port } = await serve(({ path }) =>
    path.endsWith('range') ? 'hang up' : { status: 503, body: { message: 'etcdserver: request timed out' } },
  );
  expect(await clientOf([local(port)]).do('read', null)).toMatchObject({ type: 'fail' });
  const register = clientOf([local(port)], { workload: 'register' });
  expect(await register.do('read', [1, null])).toEqual({ type: 'fail', error: 'etcdserver: request timed out' });
  expect(classify(new EtcdError('etcdserver: leader changed', 14), false).type).toBe('fail');
});
