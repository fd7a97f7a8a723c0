/** The real client, by the driver, against the double: what it sends to whom, and what its answers mean. */

import { createServer } from 'node:net';
import { MongoClient } from 'mongodb';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Outcome } from '../../../src/contract/index.ts';
import { COLLECTION } from '../../../src/db/mongodb/client.ts';
import { Attempts } from '../../../src/db/mongodb/client-attempts.ts';
import { DATABASE } from '../../../src/db/mongodb/client-connection.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../redis/server.ts';
import { Member } from './double/member.ts';
import { always, clientOf, command, faults, startSet } from './set.ts';

vi.setConfig({ testTimeout: 60_000 });

const OK = { type: 'ok' };
const add = (value: number) => ({ f: 'add', value });
const read = { f: 'read', value: null };
const readNode = (node: string) => ({ f: 'read-node', value: [node, null] });
const fails = (error: RegExp) => ({ type: 'fail', error: expect.stringMatching(error) });
const isOk = ({ type }: Outcome) => type === 'ok';

test('many clients write to one document: nothing is lost, nothing is written twice', async () => {
  const { client, primary } = await startSet(3);
  const clients = Array.from({ length: 4 }, () => client());
  const each = 10;
  const all = clients.map(async (one, i) => {
    for (let k = 0; k < each; k++) expect(await one.invoke(add(i + k * clients.length))).toEqual(OK);
  });
  await Promise.all(all);
  const expected = Array.from({ length: clients.length * each }, (_, i) => i);
  expect(await clients[0]!.invoke(read)).toEqual({ type: 'ok', value: expected });
  expect(primary.elements).toHaveLength(expected.length);
});

test('every connection comes from the client’s own address, those that ask how the members are among them', async () => {
  const { client, members } = await startSet(3);
  const one = client({ localAddress: '127.0.0.77' });
  expect(await one.invoke(add(1))).toEqual(OK);
  await eventually(
    'n2 has it',
    async () => String(((await one.invoke(readNode('n2'))) as { value?: unknown }).value) === 'n2,1',
  );
  for (const { origins } of members) {
    expect(origins.length).toBeGreaterThan(0);
    // Members speak with each other from their own address.
    expect(new Set(origins.filter((from) => from !== '127.0.0.1'))).toEqual(new Set(['127.0.0.77']));
  }
  // An administrator's last word, that its sessions have ended, comes late.
  const asked = members.flatMap(({ seen }) => seen.filter(({ command }) => !('endSessions' in command)));
  expect(new Set(asked.map(({ from }) => from))).toEqual(new Set(['127.0.0.77']));
});

test.each([
  [{ w: 'majority', j: false }, undefined, { w: 'majority' }],
  [{ w: 'majority', j: true }, 700, { w: 'majority', j: true, wtimeout: 700 }],
  [{ w: 1, j: false }, undefined, { w: 1 }],
  [{ w: 1, j: true }, undefined, { w: 1, j: true }],
  [{ w: 2, j: false }, 300, { w: 2, wtimeout: 300 }],
  [{ w: 0, j: false }, undefined, { w: 0 }],
] as const)('write concern %j with wtimeout %s goes as %j', async (writeConcern, wtimeoutMs, expected) => {
  const { client, sent, primary } = await startSet(3);
  const one = client({ writeConcern, retryableWrites: true, ...(wtimeoutMs === undefined ? {} : { wtimeoutMs }) });
  for (const value of [1, 2]) expect(await one.invoke(add(value))).toEqual(OK);
  await eventually('both are there', async () => primary.elements.length === 2);
  const writes = [...sent('insert'), ...sent('update')];
  expect(writes.map((write) => write.writeConcern)).toEqual([expected, expected]);
  // A number of its own, so that it is carried out once at most; without an answer it is never sent again.
  for (const { txnNumber } of writes) expect(txnNumber !== undefined).toBe(writeConcern.w !== 0);
});

test('reads: by read concern and preference the whole set, from the primary what is to be written back', async () => {
  const { client, sent, members } = await startSet(3);
  const [n1, n2, n3] = members as [Member, Member, Member];
  const one = client({ readConcern: 'majority', readPreference: 'secondary' });
  expect(await one.invoke(add(1))).toEqual(OK);
  await eventually('the secondaries have it', async () => [n2, n3].every(({ elements }) => elements.length === 1));
  const [before] = sent('find');
  expect(before).toMatchObject({ readConcern: { level: 'local' } });
  expect(n1.seen.map(({ command }) => command)).toContain(before);
  await eventually(
    'they know that it is committed',
    async () => String(((await one.invoke(read)) as { value?: unknown }).value) === '1',
  );
  const last = sent('find').at(-1)!;
  expect(last).toMatchObject({ readConcern: { level: 'majority' }, $readPreference: { mode: 'secondary' } });
  expect(n1.seen.map(({ command }) => command)).not.toContain(last);
});

test('a linearizable read is the primary’s, once a majority says that it still is', async () => {
  const { client, members } = await startSet(3);
  const one = client({ readConcern: 'linearizable' });
  expect(await one.invoke(add(1))).toEqual(OK);
  expect(await one.invoke(read)).toEqual({ type: 'ok', value: [1] });
  for (const member of members.slice(1)) member.close();
  let ended = false;
  const asked = one.invoke(read).finally(() => {
    ended = true;
  });
  await eventually(
    'it has been asked',
    async () => members[0]!.seen.filter((one) => 'find' in one.command).length === 3,
  );
  expect(ended).toBe(false);
  members[0]!.stepDown();
  expect(await asked).toEqual(fails(/interrupted/));
});

test('a majority read does not have what only the primary has', async () => {
  const { client, members } = await startSet(3);
  const one = client({ writeConcern: { w: 1, j: false } });
  const committed = client({ readConcern: 'majority' });
  expect(await one.invoke(add(1))).toEqual(OK);
  await eventually(
    'it is committed',
    async () => String(((await committed.invoke(read)) as { value?: unknown }).value) === '1',
  );
  for (const member of members.slice(1)) member.close();
  expect(await one.invoke(add(2))).toEqual(OK);
  expect(await one.invoke(read)).toEqual({ type: 'ok', value: [1, 2] });
  expect(await committed.invoke(read)).toEqual({ type: 'ok', value: [1] });
});

test('each member can be read, and no other answers for it', async () => {
  const { client, members } = await startSet(3);
  const one = client();
  expect(await one.invoke(add(1))).toEqual(OK);
  members[2]!.close();
  expect(await one.invoke(add(2))).toEqual(OK);
  const asked = () =>
    members.map(
      ({ seen }) =>
        seen.filter(({ command }) => 'find' in command && command.$readPreference?.mode === 'secondaryPreferred')
          .length,
    );
  expect(await one.invoke(readNode('n1'))).toEqual({ type: 'ok', value: ['n1', [1, 2]] });
  expect(asked()).toEqual([1, 0, 0]);
  await eventually(
    'n2 has both',
    async () => String(((await one.invoke(readNode('n2'))) as { value?: unknown }).value) === 'n2,1,2',
  );
  expect(asked()[0]).toBe(1);
  expect(await one.invoke(readNode('n3'))).toEqual(fails(/ECONNREFUSED/));
});

test('who is no member of the set is not taken for one', async () => {
  const { primary } = await startSet(1);
  const stranger = clientOf([primary.host], { setName: 'other', serverSelectionTimeoutMs: 500, connectTimeoutMs: 500 });
  expect(await stranger.invoke(add(1))).toMatchObject({ type: 'fail' });
  expect(await stranger.invoke(readNode('n1'))).toMatchObject({ type: 'fail' });
  expect(primary.elements).toEqual([]);
});

test('a read is never taken from a member that is primary no more', async () => {
  const { client, primary } = await startSet(3);
  const one = client({ serverSelectionTimeoutMs: 1_000 });
  expect(await one.invoke(add(1))).toEqual(OK);
  // It has not told anybody yet.
  primary.fault = (command) => ('hello' in command || 'ismaster' in command ? { hang: 'before' } : undefined);
  primary.stepDown();
  expect(await one.invoke(read)).toEqual(fails(/not primary and secondaryOk=false|Server selection/));
});

test('a read before a write is sent once more where its connection is lost; others are not', async () => {
  const { client, primary, sent } = await startSet(1);
  const one = client();
  await one.open();
  faults(primary, 'find', { drop: 'before' });
  expect(await one.invoke(add(1))).toEqual(OK);
  expect(sent('find')).toHaveLength(2);
  faults(primary, 'find', { drop: 'before' });
  expect(await one.invoke(read)).toEqual(fails(/connection .* closed/));
  expect(sent('find')).toHaveLength(3);
});

test('w: 0: what nobody answers for is pushed, and taken for written', async () => {
  const { client, primary, sent } = await startSet(1);
  const one = client({ writeConcern: { w: 0, j: false } });
  for (const value of [1, 2]) expect(await one.invoke(add(value))).toEqual(OK);
  await eventually('both are there', async () => String(primary.elements) === '1,2');
  expect(sent('find')).toEqual([]);
  faults(primary, 'update', { drop: 'before' });
  expect(await one.invoke(add(3))).toEqual(OK);
  expect(await client().invoke(read)).toEqual({ type: 'ok', value: [1, 2] });
});

test('where nobody listens, or nobody answers, an operation has failed in time; the same client finds who comes later', async () => {
  const host = `127.0.0.1:${await freePort()}`;
  const quick = { connectTimeoutMs: 300, serverSelectionTimeoutMs: 600 };
  const one = clientOf([host], quick);
  await one.open();
  expect(await one.invoke(add(1))).toEqual(fails(/ECONNREFUSED/));

  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as { port: number };
  expect(await clientOf([`127.0.0.1:${port}`], quick).invoke(add(1))).toMatchObject({ type: 'fail' });

  const member = new Member({ host });
  onTestFinished(() => member.close());
  await member.listen();
  await command(member, {
    replSetInitiate: {
      ...{ _id: 'plan-run', version: 1, members: [{ _id: 0, host, priority: 1 }] },
      settings: { heartbeatIntervalMillis: 200, electionTimeoutMillis: 10_000 },
    },
  });
  await command(member, { replSetStepUp: 1 });
  await eventually('it takes a write', async () => isOk(await one.invoke(add(2))));
});

test('an operation that was under way when its client was closed is not sent again', async () => {
  const { client, primary, sent } = await startSet(1);
  const one = client({ retryableWrites: true });
  expect(await one.invoke(add(1))).toEqual(OK);
  faults(primary, 'update', { hang: 'before' });
  const asked = one.invoke(add(2));
  await eventually('it has been sent', async () => sent('update').length === 1);
  one.close();
  expect(await asked).toMatchObject({ type: 'info' });
  // Another client's write comes after all that this one could still send.
  expect(await client().invoke(add(3))).toEqual(OK);
  expect(primary.elements).toEqual([1, 3]);
  expect(sent('update')).toHaveLength(2);
  expect(await one.invoke(add(4))).toEqual(fails(/the client was closed/));
});

test('once its attempts are closed a driver sends nothing, however far an operation had come', async () => {
  const { primary } = await startSet(1);
  const driver = new MongoClient(`mongodb://${primary.host}/`, { replicaSet: 'plan-run', monitorCommands: true });
  onTestFinished(() => driver.close());
  const attempts = new Attempts(driver);
  const sets = driver.db(DATABASE).collection(COLLECTION);
  await sets.findOne({});
  attempts.close();
  await expect(sets.insertOne({})).rejects.toThrow('the client was closed');
  await expect(sets.findOne({})).rejects.toThrow('the client was closed');
  const asked = primary.seen.map(({ command }) => Object.keys(command)[0]);
  expect(asked.filter((name) => name === 'insert' || name === 'find')).toEqual(['find']);
});

test('a client that is closed while it connects lets go of it', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as { port: number };
  const one = clientOf([`127.0.0.1:${port}`], { serverSelectionTimeoutMs: 50_000, connectTimeoutMs: 50_000 });
  const asked = one.invoke(add(1));
  await new Promise((resolve) => silent.once('connection', resolve));
  one.close();
  expect(await asked).toMatchObject({ type: 'fail' });
});

test('it follows a primary that steps down and closes its connections', async () => {
  const { client, members, primary } = await startSet(3);
  const one = client({ retryableWrites: true });
  expect(await one.invoke(add(1))).toEqual(OK);
  await command(members[1]!, { replSetStepUp: 1 });
  primary.closeConnections();
  await eventually('the new primary takes a write', async () => isOk(await one.invoke(add(2))));
  expect(members[1]!.elements).toEqual([1, 2]);
  expect(await one.invoke(read)).toEqual({ type: 'ok', value: [1, 2] });
});

test('it knows no other operation', async () => {
  await expect(clientOf(['127.0.0.1:1']).invoke({ f: 'cas', value: null })).rejects.toThrow('no operation "cas"');
});

test('a member that recovers carries out nothing, however often it is asked', async () => {
  const { client, primary } = await startSet(1);
  always(primary, 'find', { refuse: { code: 13436, errmsg: 'node is recovering' } });
  expect(await client().invoke(add(1))).toEqual(fails(/node is recovering/));
});
