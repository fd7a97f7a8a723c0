/** Rows that are updated in place, and the sequence: who waits for whom, and what a crash leaves. */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../../../src/contract/index.ts';
import { simulateText } from '../../simulate.ts';
import { type Bench, begin, crash, openFor, SLOW_DISK, troubled } from './bench.ts';

const OK = { type: 'ok' };

test('a register: null, what was written, what was swapped', async () => {
  const bench = await openFor('register');
  const client = await bench.client();
  const ask = (f: string, value: unknown) => bench.invoke(client, f, value);
  expect(await ask('read', [7, null])).toEqual({ type: 'ok', value: [7, null] });
  expect(await ask('cas', [7, [0, 1]])).toEqual({ type: 'fail', error: 'it is not 0' });
  for (const value of [5, 0]) expect(await ask('write', [7, value])).toEqual(OK);
  expect(await ask('cas', [7, [0, 1]])).toEqual(OK);
  expect(await ask('read', [7, null])).toEqual({ type: 'ok', value: [7, 1] });
  expect(await ask('read', [8, null])).toEqual({ type: 'ok', value: [8, null] });
  expect(await ask('read-node', [7, ['n1', null]])).toEqual({ type: 'ok', value: [7, ['n1', 1]] });
  expect(await ask('read-node', [7, ['n2', null]])).toMatchObject({ type: 'fail' });
});

describe('an update', () => {
  test('is waited for by who wants the same row, and then looked at again; nobody reads it before', async () => {
    const bench = await openFor('register', { sim: SLOW_DISK });
    const [one, two, three, four] = await Promise.all([0, 1, 2, 3].map((number) => bench.client(number)));
    const writing = begin(one!, 'write', [1, 1]);
    await bench.pass(50);
    const swapping = [begin(two!, 'cas', [1, [1, 2]]), begin(three!, 'cas', [1, [1, 3]])];
    expect(await bench.invoke(four!, 'read', [1, null])).toEqual({ type: 'ok', value: [1, null] });
    await bench.pass(300);
    expect([writing.outcome, ...swapping.map(({ outcome }) => outcome)]).toEqual([OK, undefined, undefined]);
    await bench.pass(400);
    // Whoever comes first.
    const outcomes = swapping.map(({ outcome }) => (outcome as { type: string }).type);
    expect([...outcomes].sort()).toEqual(['fail', 'ok']);
    const value = outcomes[0] === 'ok' ? 2 : 3;
    expect(await bench.invoke(four!, 'read', [1, null])).toEqual({ type: 'ok', value: [1, value] });
  });

  test('without an answer is info, and there; one that never was sent is fail', async () => {
    const bench = await openFor('counter');
    const client = await bench.client();
    const heal = await bench.deafen('clients', 'n1');
    expect(await bench.invoke(client, 'add', 5)).toMatchObject({ type: 'info' });
    expect(await bench.invoke(client, 'add', 6)).toMatchObject({ type: 'fail' });
    expect(await bench.invoke(client, 'read', null)).toMatchObject({ type: 'fail' });
    await heal();
    expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: 5 });
  });
});

describe('a crash', () => {
  const machine = { sim: { kill: 'machine' } };

  test('leaves what was answered', async () => {
    const bench = await openFor('counter', machine);
    const client = await bench.client();
    for (const amount of [5, -7]) expect(await bench.invoke(client, 'add', amount)).toEqual(OK);
    await crash(bench);
    expect(await bench.invoke(await bench.client(1), 'read', null)).toEqual({ type: 'ok', value: -2 });
  });

  test('takes what was answered with synchronous_commit off', async () => {
    const off = await openFor('monotonic', machine, { synchronous_commit: 'off' });
    expect(await off.invoke(await off.client(), 'increment', null)).toEqual({ type: 'ok', value: 1 });
    await crash(off);
    expect(await off.invoke(await off.client(1), 'read', null)).toEqual({ type: 'ok', value: 0 });
  });
});

describe('the sequence', () => {
  const ids = async (bench: Bench, client: Client, count: number) => {
    const found: unknown[] = [];
    for (let i = 0; i < count; i++)
      found.push(((await bench.invoke(client, 'generate', null)) as { value?: unknown }).value);
    return found;
  };

  test('goes on, after a crash, behind what it had logged ahead', async () => {
    const bench = await openFor('unique-ids', { sim: { kill: 'machine' } });
    expect(await ids(bench, await bench.client(), 35)).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
    await crash(bench);
    // 1 logged up to 33, and 34 up to 66.
    expect(await ids(bench, await bench.client(1), 1)).toEqual([67]);
  });

  test('gives an id twice where who drew the first of those that are logged ahead was at the disk yet', async () => {
    const after = new Set<string>();
    // What is written and not flushed, a power failure leaves or takes.
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const bench = await openFor('unique-ids', { seed, sim: { ...SLOW_DISK, kill: 'machine' } });
      const [one, two] = [await bench.client(0), await bench.client(1)];
      const first = begin(one, 'generate', null);
      await bench.pass(20);
      expect(await ids(bench, two, 1)).toEqual([2]);
      expect(first.outcome).toBeUndefined();
      await crash(bench);
      after.add(String(await ids(bench, await bench.client(2), 2)));
    }
    expect([...after].sort()).toEqual(['1,2', '34,35']);
  });
});

test.each([
  ['register', { register: { ops: 1000, keys: 2 } }],
  ['counter', { counter: { ops: 1000, amounts: [1, 2, -3] } }],
  ['monotonic', { monotonic: { ops: 1000 } }],
  ['set-full', { 'set-full': { ops: 1000 } }],
])('%s: valid through cuts and power failures', async (_, workload) => {
  for (const seed of [1, 2, 3]) {
    const { error, results } = await simulateText(JSON.stringify(troubled(workload)), seed);
    expect(error).toBeUndefined();
    expect(results.valid, JSON.stringify(results.checkers)).toBe(true);
    expect(results.operations.info).toBeGreaterThan(5);
  }
});

test.each([
  ['counter', { counter: { ops: 1000 } }],
  ['monotonic', { monotonic: { ops: 1000 } }],
])('%s: with synchronous_commit off, what was answered is lost', async (_, workload) => {
  const { database, ...rest } = troubled(workload);
  const off = { ...rest, database: { postgres: { ...database.postgres, synchronous_commit: 'off' } } };
  const { results } = await simulateText(JSON.stringify(off), 1);
  expect(results.valid).toBe(false);
});
