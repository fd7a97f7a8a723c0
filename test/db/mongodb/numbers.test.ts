/** Registers, counters and ids: the driver's client against the double, and the model's, do the same. */

import { describe, expect, test, vi } from 'vitest';
import type { Client, Outcome } from '../../../src/contract/index.ts';
import { eventually } from '../eventually.ts';
import { NOT_PRIMARY } from './double/member.ts';
import { openBench } from './model/bench.ts';
import { planned } from './plan.ts';
import { faults, type ReplicaSet, startSet } from './set.ts';

vi.setConfig({ testTimeout: 60_000 });

const OK = { type: 'ok' };
const ok = (value: unknown) => ({ type: 'ok', value });
const MISMATCH = { type: 'fail', error: 'it has another value' };
const info = (error: RegExp) => ({ type: 'info', error: expect.stringMatching(error) });
const fail = (error: RegExp) => ({ type: 'fail', error: expect.stringMatching(error) });

/** By workload: operations one after another, and what each must come to. */
const STEPS: Readonly<Record<string, readonly (readonly [f: string, value: unknown, outcome: object])[]>> = {
  register: [
    ['read', [1, null], ok([1, null])],
    ['cas', [1, [0, 5]], MISMATCH],
    ['read', [1, null], ok([1, null])],
    ['write', [1, 7], OK],
    ['write', [2, 0], OK],
    ['cas', [1, [7, 8]], OK],
    ['cas', [1, [7, 9]], MISMATCH],
    ['cas', [2, [0, 3]], OK],
    ['read', [1, null], ok([1, 8])],
    ['read', [2, null], ok([2, 3])],
    ['read-node', [1, ['n1', null]], ok([1, ['n1', 8]])],
    ['read-node', [3, ['n2', null]], ok([3, ['n2', null]])],
  ],
  counter: [
    ['read', null, ok(0)],
    ['add', 5, OK],
    ['add', -2, OK],
    ['read', null, ok(3)],
    ['add', 0, OK],
    ['read', null, ok(3)],
  ],
  monotonic: [
    ['read', null, ok(0)],
    ['increment', null, ok(1)],
    ['increment', null, ok(2)],
    ['read', null, ok(2)],
  ],
  'unique-ids': [
    ['generate', null, ok(1)],
    ['generate', null, ok(2)],
  ],
};

async function walk(workload: string, invoke: (f: string, value: unknown) => Promise<Outcome>): Promise<void> {
  for (const [f, value, outcome] of STEPS[workload]!)
    expect(await invoke(f, value), `${f} ${JSON.stringify(value)}`).toEqual(outcome);
}

describe.each(Object.keys(STEPS))('%s', (workload) => {
  test.each(['local', 'majority', 'linearizable'] as const)('on servers, read concern %s', async (readConcern) => {
    const set = await startSet(3);
    const client = set.numbers(workload, { readConcern: 'local', retryableWrites: true });
    await walk(workload, (f, value) => client.invoke({ f, value }));
    const [sent] = set.sent('findAndModify');
    expect(sent).toMatchObject({ writeConcern: { w: 'majority' } });
    expect(sent!.txnNumber).toBeDefined();
    // What it has come to reads the same by every concern.
    const [f, value, outcome] = STEPS[workload]!.findLast(([f]) => f === 'read') ?? [];
    if (f === undefined) return;
    expect(await set.numbers(workload, { readConcern }).invoke({ f, value })).toEqual(outcome);
    expect(set.sent('find').some((find) => find.readConcern.level === readConcern)).toBe(true);
  });

  test.each(workload === 'register' || workload === 'counter' ? ['2.4.1', '7.0'] : ['7.0'])(
    'in the model of %s',
    async (version) => {
      const bench = await openBench(3, { version }, {}, workload);
      const client = await bench.client();
      await walk(workload, (f, value) => bench.invoke(client, f, value));
    },
  );
});

test('many clients add to one counter: all of it counts, and counts once', async () => {
  const set = await startSet(3);
  const clients = Array.from({ length: 4 }, () => set.numbers('counter', { retryableWrites: true }));
  const all = clients.map(async (one, i) => {
    for (let k = 0; k < 8; k++) expect(await one.invoke({ f: 'add', value: i + 1 })).toEqual(OK);
  });
  await Promise.all(all);
  expect(await clients[0]!.invoke({ f: 'read', value: null })).toEqual(ok(8 * (1 + 2 + 3 + 4)));
});

describe('on servers', () => {
  const held = async (set: ReplicaSet) =>
    ((await set.numbers('counter').invoke({ f: 'read', value: null })) as { value?: unknown }).value;
  const duplicate = { code: 11000, codeName: 'DuplicateKey', errmsg: 'E11000 duplicate key error' };

  test.each([
    ['carried out, and the answer lost', [{ drop: 'after' }], true, OK, 1],
    ['carried out, and the answer lost, and never sent again', [{ drop: 'after' }], false, info(/closed/), 1],
    ['lost, and never sent again', [{ drop: 'before' }], false, info(/closed/), 0],
    ['refused each time', [{ refuse: NOT_PRIMARY }, { refuse: NOT_PRIMARY }], true, fail(/not primary/), 0],
    ['lost, and then refused', [{ drop: 'after' }, { refuse: NOT_PRIMARY }], true, { type: 'info' }, 1],
    [
      'carried out, and not on a majority',
      [{ writeConcernError: { code: 64, errmsg: 'late' } }],
      true,
      info(/late/),
      1,
    ],
    ['made by somebody else in the same moment', [{ refuse: duplicate }], true, fail(/E11000/), 0],
  ] as const)('an increment that is %s', async (_, given, retryableWrites, outcome, sum) => {
    const set = await startSet(1);
    const client = set.numbers('counter', { retryableWrites, serverSelectionTimeoutMs: 1_000 });
    faults(set.primary, 'findAndModify', ...given);
    expect(await client.invoke({ f: 'add', value: 1 })).toMatchObject(outcome);
    expect(await held(set)).toBe(sum);
  });

  test('an id whose answer was lost is given again, not another one', async () => {
    const set = await startSet(1);
    const client = set.numbers('unique-ids', { retryableWrites: true });
    faults(set.primary, 'findAndModify', { drop: 'after' });
    expect(await client.invoke({ f: 'generate', value: null })).toEqual(ok(1));
    expect(await client.invoke({ f: 'generate', value: null })).toEqual(ok(2));
  });

  test('a cas that finds another value fails; after a lost try nobody knows', async () => {
    const set = await startSet(1);
    const client = set.numbers('register', { retryableWrites: true });
    const none = { ok: 1, value: null };
    expect(await client.invoke({ f: 'write', value: [1, 1] })).toEqual(OK);
    faults(set.primary, 'findAndModify', { refuse: NOT_PRIMARY }, { answer: none });
    expect(await client.invoke({ f: 'cas', value: [1, [1, 2]] })).toEqual(MISMATCH);
    faults(set.primary, 'findAndModify', { drop: 'after' }, { answer: none });
    expect(await client.invoke({ f: 'cas', value: [1, [1, 2]] })).toEqual(info(/another one by now/));
  });

  test('a read of a member has the read concern, and no other answers for it', async () => {
    const set = await startSet(3);
    const client = set.numbers('register', { readConcern: 'majority' });
    expect(await client.invoke({ f: 'write', value: [1, 4] })).toEqual(OK);
    const read = (node: string) => client.invoke({ f: 'read-node', value: [1, [node, null]] });
    await eventually(
      'n3 knows it',
      async () => JSON.stringify(await read('n3')) === JSON.stringify(ok([1, ['n3', 4]])),
    );
    const finds = set.members[2]!.seen.filter(({ command }) => 'find' in command);
    expect(finds.at(-1)!.command).toMatchObject({ readConcern: { level: 'majority' } });
    expect(set.sent('find')).toHaveLength(finds.length);
    set.members[2]!.close();
    expect(await read('n3')).toEqual(fail(/ECONNREFUSED/));
  });
});

describe('in the model', () => {
  const register = async (version = '7.0') => {
    const bench = await openBench(3, { version, server_selection_timeout: '600ms' }, {}, 'register');
    const client = await bench.client();
    const read = (node?: string, from: Client = client) =>
      node === undefined ? bench.invoke(from, 'read', [1, null]) : bench.invoke(from, 'read-node', [1, [node, null]]);
    return { bench, client, read };
  };

  test('what only the primary has is read with local, and taken back with what holds it', async () => {
    const { bench, client, read } = await register();
    await bench.invoke(client, 'write', [1, 1]);
    await bench.pass(1_000);
    const heal = await bench.part(['n1'], ['n2', 'n3']);
    const pending = Promise.resolve(client.invoke({ f: 'write', value: [1, 2] }));
    await bench.pass(500);
    const reader = await bench.client();
    expect(await read(undefined, reader)).toEqual(ok([1, 2]));
    expect(await read('n2', reader)).toEqual(ok([1, ['n2', 1]]));
    client.close();
    await bench.pass(15_000);
    await heal();
    await bench.pass(20_000);
    expect(await pending).toMatchObject({ type: 'info' });
    expect(bench.cluster.logs('n1').filter((name) => name.startsWith('rollback-'))).toHaveLength(1);
    expect(await read(undefined, await bench.client())).toEqual(ok([1, 1]));
    expect(await read('n1')).toEqual(ok([1, ['n1', 1]]));
  });

  test('a majority read of the primary does not have it, and a linearizable one waits', async () => {
    for (const read_concern of ['majority', 'linearizable'] as const) {
      const bench = await openBench(3, { read_concern }, {}, 'register');
      const client = await bench.client();
      await bench.invoke(client, 'write', [1, 1]);
      await bench.pass(1_000);
      for (const node of ['n2', 'n3']) bench.member(node).puller.stop();
      const pending = Promise.resolve(client.invoke({ f: 'write', value: [1, 2] }));
      await bench.pass(200);
      let answer: Outcome | undefined;
      void Promise.resolve((await bench.client()).invoke({ f: 'read', value: [1, null] })).then((outcome) => {
        answer = outcome;
      });
      await bench.pass(500);
      expect(answer).toEqual(read_concern === 'majority' ? ok([1, 1]) : undefined);
      client.close();
      await pending;
    }
  });

  test('a number that was sent twice is written once', async () => {
    const bench = await openBench(3, { election_timeout: '2s', server_selection_timeout: '8s' }, {}, 'counter');
    const client = await bench.client();
    await bench.invoke(client, 'add', 1);
    // The primary dies when the write is on a majority and its answer under way.
    const pending = Promise.resolve(client.invoke({ f: 'add', value: 1 }));
    await bench.until('a majority has it', () => bench.member('n2').oplog.numberAt('counter', 1e9) === 2);
    await bench.cluster.kill('n1');
    await bench.pass(20_000);
    expect(await pending).toEqual(OK);
    expect(await bench.invoke(client, 'read', null)).toEqual(ok(2));
  });
});

test.each([
  [{ workload: { register: {} }, database: { write_concern: 'unsafe' } }, /w: 0 no write is answered/],
  [{ workload: { 'unique-ids': {} }, database: { version: '2.4.1' } }, /no findAndModify/],
  [{ workload: { monotonic: {} }, database: { version: '2.4.1' } }, /no findAndModify/],
  [{ workload: { register: {} }, database: { version: '2.4.1', read_concern: 'majority' } }, /knows no read concern/],
  [
    { workload: { 'set-full': { read_from: 'every-node' } }, database: { read_concern: 'linearizable' } },
    /only a primary answers a linearizable read/,
  ],
])('%j is refused', ({ workload, database }, message) => {
  const { messages, hints, places } = planned(database, 5, 'sim', workload);
  expect([...messages, ...hints].join('\n')).toMatch(message);
  for (const { line, column } of places) expect([line, column].every((one) => one > 0)).toBe(true);
});

test.each([
  [{ register: {} }, { version: '2.4.1' }],
  [{ register: { read_from: 'every-node' } }, { read_concern: 'majority' }],
  [{ 'unique-ids': {} }, { read_concern: 'linearizable' }],
  [{ 'set-full': {} }, { read_concern: 'linearizable', write_concern: 'unsafe' }],
])('%j with %j is not', (workload, database) => {
  expect(planned(database, 5, 'sim', workload).messages).toEqual([]);
});
