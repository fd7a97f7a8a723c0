/** Queues, messages and locks: rows that come and go, who waits for whom or passes by, what a crash leaves; and bugs that are found. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Client } from '../../../../src/contract/index.ts';
import { AdvisoryLocks } from '../../../../src/db/postgres/model/advisory-locks.ts';
import { Catalog } from '../../../../src/db/postgres/model/catalog.ts';
import { Table } from '../../../../src/db/postgres/model/table.ts';
import { Wal } from '../../../../src/db/postgres/model/wal.ts';
import { Witness } from '../../../../src/db/postgres/model/witness.ts';
import { Work } from '../../../../src/db/postgres/model/work.ts';
import { simulateText } from '../../simulate.ts';
import { type Bench, begin, crash, openFor, SLOW_DISK, troubled } from './bench.ts';

const OK = { type: 'ok' };
const MACHINE = { sim: { kill: 'machine' } };
const ok = (value: unknown) => ({ type: 'ok', value });

/** What a client of that seat asks. */
async function asks(bench: Bench, seat = 0) {
  const client = await bench.client(seat);
  return Object.assign((f: string, value: unknown = null) => bench.invoke(client, f, value), { client });
}

async function clients(bench: Bench, count: number): Promise<Client[]> {
  return Promise.all(Array.from({ length: count }, (_, seat) => bench.client(seat)));
}

describe('a queue', () => {
  test('gives what came first, then nothing; a drain takes all', async () => {
    const bench = await openFor('queue');
    const [one, other] = [await asks(bench), await asks(bench, 1)];
    expect(await one('dequeue')).toEqual({ type: 'fail', error: 'there is no element that nobody else is taking' });
    for (const element of [4, 3, 2, 1]) expect(await one('enqueue', element)).toEqual(OK);
    expect(await other('dequeue')).toEqual(ok(4));
    expect(await one('drain')).toEqual(ok([3, 2, 1]));
    expect(await other('drain')).toEqual(ok([]));
    expect(await other('dequeue')).toMatchObject({ type: 'fail' });
  });

  test('passes over what others are taking, and over what is not committed; a drain waits for those who take', async () => {
    const bench = await openFor('queue', { sim: SLOW_DISK });
    const [one, two, three, four] = (await clients(bench, 4)) as [Client, Client, Client, Client];
    for (const element of [1, 2]) await bench.invoke(one, 'enqueue', element);
    const enqueuing = begin(one, 'enqueue', 3);
    const taking = [begin(two, 'dequeue', null), begin(three, 'dequeue', null)];
    await bench.pass(50);
    expect(await bench.invoke(four, 'dequeue', null)).toMatchObject({ type: 'fail' });
    const draining = begin(four, 'drain', null);
    await bench.pass(200);
    expect(bench.said('wait')).toHaveLength(1);
    // A flush is under way, and then there is one more for all who have come meanwhile.
    await bench.pass(400);
    expect(taking.map(({ outcome }) => outcome)).toEqual(expect.arrayContaining([ok(1), ok(2)]));
    expect(enqueuing.outcome).toEqual(OK);
    await bench.pass(700);
    // What is committed after a statement has begun it does not see.
    expect(draining.outcome).toEqual(ok([]));
    expect(await bench.invoke(four, 'drain', null)).toEqual(ok([3]));
  });

  test('has what nobody heard of, and has not what was taken without an answer', async () => {
    const bench = await openFor('queue');
    const ask = await asks(bench);
    const heal = await bench.deafen('clients', 'n1');
    expect(await ask('enqueue', 1)).toMatchObject({ type: 'info' });
    expect(await ask('enqueue', 2)).toMatchObject({ type: 'fail' });
    await heal();
    expect(await ask('enqueue', 3)).toEqual(OK);
    const again = await bench.deafen('clients', 'n1');
    expect(await ask('dequeue')).toMatchObject({ type: 'info' });
    expect(await ask('dequeue')).toMatchObject({ type: 'fail' });
    expect(await ask('drain')).toMatchObject({ type: 'fail' });
    await again();
    expect(await ask('drain')).toEqual(ok([3]));
  });

  test('after a power failure has what was acknowledged, and not again what was given', async () => {
    const bench = await openFor('queue', MACHINE);
    const ask = await asks(bench);
    for (const element of [1, 2, 3]) await ask('enqueue', element);
    expect(await ask('dequeue')).toEqual(ok(1));
    await crash(bench);
    expect(await (await asks(bench, 1))('drain')).toEqual(ok([2, 3]));
    await crash(bench);
    expect(await (await asks(bench, 2))('drain')).toEqual(ok([]));
  });

  test('gives again what it had given, with synchronous_commit off', async () => {
    const bench = await openFor('queue', MACHINE, { synchronous_commit: 'off' });
    const ask = await asks(bench);
    await ask('enqueue', 1);
    await bench.pass(1_000);
    expect(await ask('dequeue')).toEqual(ok(1));
    expect(await ask('enqueue', 2)).toEqual(OK);
    await crash(bench);
    expect(await (await asks(bench, 1))('drain')).toEqual(ok([1]));
  });
});

describe('messages', () => {
  test('come once, and those again that nobody has heard of', async () => {
    const bench = await openFor('messages');
    const [receiver, sender] = [await asks(bench), await asks(bench, 1)];
    expect(await receiver('receive')).toEqual(ok([]));
    for (const n of [0, 1]) expect(await sender('send', [1, n])).toEqual(OK);
    const two = [
      [1, 0],
      [1, 1],
    ];
    expect(await receiver('receive')).toEqual(ok(two));
    // The first client was given up before it could say that it has the two.
    const second = await asks(bench);
    expect(await second('receive')).toEqual(ok(two));
    await sender('send', [1, 2]);
    expect(await second('receive')).toEqual(ok([[1, 2]]));
    expect(await second('drain')).toEqual(ok([]));
    // What the seat has said that it has, its next client need not be given, though that never came to the server.
    await sender('send', [1, 3]);
    expect(await second('receive')).toEqual(ok([[1, 3]]));
    const heal = await bench.deafen('n1', 'clients');
    expect(await second('receive')).toMatchObject({ type: 'fail' });
    await heal();
    expect(await (await asks(bench))('receive')).toEqual(ok([]));
  });

  test('are not lost by a receive without an answer, which is fail; a send without one is info, and there', async () => {
    const bench = await openFor('messages');
    const [receiver, sender] = [await asks(bench), await asks(bench, 1)];
    await sender('send', [1, 0]);
    expect(await receiver('receive')).toEqual(ok([[1, 0]]));
    await sender('send', [1, 1]);
    const heal = await bench.deafen('clients', 'n1');
    expect(await receiver('receive')).toMatchObject({ type: 'fail' });
    expect(await sender('send', [1, 2])).toMatchObject({ type: 'info' });
    await heal();
    expect(await receiver('receive')).toEqual(
      ok([
        [1, 1],
        [1, 2],
      ]),
    );
  });

  test('that an earlier receive is deleting are waited for', async () => {
    const bench = await openFor('messages', { sim: SLOW_DISK });
    const [receiver, sender] = [await asks(bench), await asks(bench, 1)];
    await sender('send', [1, 0]);
    await receiver('receive');
    const deleting = begin(receiver.client, 'receive', null);
    await bench.pass(50);
    const next = begin((await asks(bench)).client, 'receive', null);
    await bench.pass(100);
    expect([deleting.outcome, next.outcome, bench.said('wait').length]).toEqual([undefined, undefined, 1]);
    await bench.pass(300);
    expect([deleting.outcome, next.outcome]).toEqual([ok([]), ok([])]);
  });

  test('that were acknowledged a power failure takes only with synchronous_commit off', async () => {
    for (const [synchronous_commit, left] of [
      ['on', [[1, 0]]],
      ['off', []],
    ] as const) {
      const bench = await openFor('messages', MACHINE, { synchronous_commit });
      expect(await (await asks(bench, 1))('send', [1, 0])).toEqual(OK);
      await crash(bench);
      expect(await (await asks(bench))('drain')).toEqual(ok(left));
    }
  });
});

describe('a lock', () => {
  test('is one session’s, by a token that grows; whose session is over has not released it', async () => {
    const bench = await openFor('lock');
    const [one, other] = [await asks(bench), await asks(bench, 1)];
    expect(await one('acquire')).toEqual(ok(1));
    expect(await other('acquire')).toEqual({ type: 'fail', error: 'another session has it' });
    expect(await other('release', 1)).toMatchObject({ type: 'info' });
    expect(await one('release', 1)).toEqual(OK);
    expect(await one('release', 1)).toMatchObject({ type: 'info' });
    expect(await other('acquire')).toEqual(ok(2));
    other.client.close();
    await bench.pass(50);
    expect(await one('acquire')).toEqual(ok(3));
    // Each is told: given three times, and back by its holder, and by the end of a session.
    expect([bench.said('lock').length, bench.said('unlock').length]).toEqual([3, 2]);
  });

  test('stays with a client that is cut off, until the server hears of its end', async () => {
    const bench = await openFor('lock', {}, { socket_timeout: '200ms', connect_timeout: '200ms' });
    const [one, other] = [await asks(bench), await asks(bench, 1)];
    expect(await one('acquire')).toEqual(ok(1));
    await bench.network.cut('c', { n1: ['clients'], clients: ['n1'] });
    expect(await one('release', 1)).toMatchObject({ type: 'info' });
    expect(await one('acquire')).toMatchObject({ type: 'fail' });
    await bench.network.restore('c');
    expect(await other('acquire')).toEqual({ type: 'fail', error: 'another session has it' });
    await bench.pass(5_000);
    expect(await other('acquire')).toEqual(ok(2));
  });

  test('is no longer held after a crash, and its tokens go on behind those that were logged ahead', async () => {
    for (const [synchronous_commit, token] of [
      ['on', 34],
      ['off', 1],
    ] as const) {
      const bench = await openFor('lock', {}, { synchronous_commit });
      const one = await asks(bench);
      expect(await one('acquire')).toEqual(ok(1));
      await crash(bench);
      expect(await (await asks(bench, 1))('acquire')).toEqual(ok(token));
      const over = expect.stringMatching(/session .* is over/);
      expect(await one('release', 1)).toEqual({ type: 'info', error: over });
    }
  });

  test('is given to its session as often as it asks, and back after as many times', () => {
    const locks = new AdvisoryLocks();
    const [one, other] = [{}, {}];
    expect([locks.tryLock(1, one), locks.tryLock(1, one), locks.tryLock(1, other), locks.tryLock(2, other)]).toEqual([
      ...[true, true, false, true],
    ]);
    expect([locks.unlock(1, other), locks.unlock(1, one), locks.tryLock(1, other), locks.unlock(1, one)]).toEqual([
      ...[false, true, false, true],
    ]);
    expect([locks.unlock(1, one), locks.tryLock(1, other)]).toEqual([false, true]);
    expect([locks.end(one), locks.end(other), locks.tryLock(1, one), locks.tryLock(2, one)]).toEqual([
      ...[false, true, true, true],
    ]);
  });
});

const QUEUE = { queue: { ops: 1000 } };
/** A dequeue without an answer may have taken what is missing, so here nobody takes before the end. */
const FILLED = { queue: { ops: 1000, mix: ['enqueue'] } };
const LOCK = { lock: { ops: 1000 } };
const MESSAGES = { messages: { ops: 1000 } };

const run = (workload: object, seed: number, set: readonly string[] = []) =>
  simulateText(JSON.stringify(troubled(workload)), seed, set);

describe('through cuts, pauses and power failures', () => {
  const PAUSES = 'faults=[{every: 2s, for: 700ms, from: 1s, until: 9s, pause: n1}]';

  test.each([
    ['queue', QUEUE, [true, 'unknown']],
    ['queue, filled', FILLED, [true]],
    ['lock', LOCK, [true]],
    ['messages', MESSAGES, [true]],
  ])('%s: nothing is lost', async (_, workload, valid) => {
    for (const [seed, set] of [
      [1, []],
      [2, []],
      [3, [PAUSES]],
    ] as const) {
      const { error, results } = await run(workload, seed, set);
      expect(error).toBeUndefined();
      expect(valid, JSON.stringify(results.checkers)).toContain(results.valid);
      expect(results.operations.info).toBeGreaterThan(5);
    }
  });

  test.each([
    ['queue', FILLED],
    ['messages', MESSAGES],
  ])('%s: with synchronous_commit off, what was answered is lost', async (_, workload) => {
    expect((await run(workload, 1, ['database.postgres.synchronous_commit=off'])).valid).toBe(false);
  });

  test('a lock has two holders where one holds it longer than a server takes to start again; not by its tokens', async () => {
    const { results } = await run({ lock: { ops: 1000, hold: '1s' } }, 1);
    expect(results.checkers).toMatchObject({ linearizable: { valid: false }, fencing: { valid: true } });
  });
});

test('a statement that no client sends ends the run', async () => {
  const bench = await openFor('queue');
  const asked = bench.ask(await bench.session(), { do: 'query', text: 'DELETE FROM queue' });
  await expect(asked).rejects.toThrow('does not know the statement "DELETE FROM queue"');
});

test('what a recovery has shown to readers must be there after the next one', () => {
  const shown = new Catalog();
  shown.table('queue').insert(1, [5], { xid: 1, committed: true, waiting: [] });
  const witness = new Witness();
  expect(witness.recovered(new Table(), shown)).toEqual([]);
  expect(() => witness.recovered(new Table(), new Catalog())).toThrow('row "queue 1"');
});

describe('a bug of the server', () => {
  afterEach(() => void vi.restoreAllMocks());
  const HEALTHY = ['faults=[]'];

  test('a dequeue that deletes nothing: elements come again', async () => {
    vi.spyOn(Work.prototype, 'delete').mockImplementation((_table, rows, done) => done(rows));
    const { results } = await run(QUEUE, 1, [...HEALTHY, 'checker={queue: {}, total-queue: {}}']);
    expect(results.checkers).toMatchObject({ queue: { valid: false } });
    expect((results.checkers['total-queue'] as unknown as { duplicated: number }).duplicated).toBeGreaterThan(100);
  });

  test('a dequeue that deletes one more: elements are lost', async () => {
    const remove = Work.prototype.delete;
    vi.spyOn(Work.prototype, 'delete').mockImplementation(function (this: Work, table, rows, done) {
      const more =
        rows.length === 1
          ? this.rows(table)
              .filter((row) => row.deletedBy === undefined)
              .slice(0, 2)
          : rows;
      remove.call(this, table, more, done);
    });
    const { results } = await run(QUEUE, 1, HEALTHY);
    expect(results.checkers).toMatchObject({ 'total-queue': { valid: false } });
  });

  test('a lock that everybody gets: two hold it', async () => {
    vi.spyOn(AdvisoryLocks.prototype, 'tryLock').mockReturnValue(true);
    const { results } = await run(LOCK, 1, HEALTHY);
    expect(results.checkers).toMatchObject({ linearizable: { valid: false }, fencing: { valid: true } });
  });

  test('a table that is not logged: messages are lost in a crash, and whoever looks on sees that at once', async () => {
    const insert = Wal.prototype.insert;
    vi.spyOn(Wal.prototype, 'insert').mockImplementation(function (this: Wal, record) {
      return record.kind === 'row' ? 0 : insert.call(this, record);
    });
    expect((await run(MESSAGES, 1)).error?.message).toMatch(/row "messages \d+", which was answered, is there/);
    vi.spyOn(Witness.prototype, 'recovered').mockReturnValue([]);
    const { results } = await run(MESSAGES, 1);
    expect(results.checkers).toMatchObject({ delivery: { valid: false } });
  });

  test('a deletion that is not logged: elements come again after a crash, and whoever looks on sees that at once', async () => {
    const insert = Wal.prototype.insert;
    vi.spyOn(Wal.prototype, 'insert').mockImplementation(function (this: Wal, record) {
      return record.kind === 'delete' ? 0 : insert.call(this, record);
    });
    expect((await run(QUEUE, 1)).error?.message).toMatch(/row "queue \d+", whose deletion was answered, is not there/);
  });
});
