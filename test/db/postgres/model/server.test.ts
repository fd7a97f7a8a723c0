/** The server: who is let in, what a crash leaves, who waits for whom. */
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../src/contract/index.ts';
import { add, type Bench, fence, openBench } from './bench.ts';

const open = openBench;

const SLOW_DISK = { disk_fsync: { min: '300ms', p50: '300ms', p99: '300ms', max: '300ms' } };

/** The answer to a request that goes on while the test does something else. */
function begin(connection: Connection, request: object): { answer: unknown } {
  const box: { answer: unknown } = { answer: undefined };
  connection.call(request, (value, lost) => {
    box.answer = lost ?? value;
  });
  return box;
}

describe('a commit', () => {
  test('is answered, and seen by others, when it is on the disk and not before', async () => {
    const bench = await open({}, { sim: SLOW_DISK });
    const session = await bench.session();
    const begun = begin(session, add(1));
    await bench.pass(200);
    expect([begun.answer, bench.elements()]).toEqual([undefined, []]);
    expect(await bench.ask(await bench.session(), { do: 'select-all' })).toEqual({ elements: [] });
    await bench.pass(200);
    expect([begun.answer, bench.elements()]).toEqual([{ rows: 1 }, [1]]);
  });

  test('is waited for by whoever wants the same key', async () => {
    const bench = await open({}, { sim: SLOW_DISK });
    const [one, two, three] = [await bench.session(), await bench.session(), await bench.session()];
    begin(one, add(1));
    await bench.pass(50);
    const [again, fenced] = [begin(two, add(1)), begin(three, fence(1))];
    await bench.pass(150);
    expect([again.answer, fenced.answer]).toEqual([undefined, undefined]);
    expect(bench.said('wait')).toHaveLength(2);
    await bench.pass(200);
    expect([again.answer, fenced.answer]).toEqual([{ rows: 0 }, { rows: 0 }]);
    expect(await bench.ask(three, { do: 'select', txid: 'add 1' })).toEqual({ row: { element: 1 } });
  });

  test('without synchronous_commit is answered at once, but for a fence', async () => {
    const bench = await open({ synchronous_commit: 'off' }, { sim: SLOW_DISK });
    const session = await bench.session();
    const begun = begin(session, add(1));
    await bench.pass(20);
    expect([begun.answer, bench.elements()]).toEqual([{ rows: 1 }, [1]]);
    const fenced = begin(session, fence(2));
    await bench.pass(200);
    expect(fenced.answer).toBeUndefined();
    await bench.pass(600);
    expect(fenced.answer).toEqual({ rows: 1 });
  });
});

describe('who is let in', () => {
  test('nobody beyond max_connections, until one goes', async () => {
    const bench = await open({ max_connections: 1 });
    const first = await bench.client(0);
    const second = await bench.client(1);
    expect(await bench.invoke(second, 'add', 1)).toEqual({
      type: 'fail',
      error: 'FATAL: sorry, too many clients already (53300)',
    });
    first.close();
    await bench.pass(50);
    expect(await bench.invoke(second, 'add', 1)).toEqual({ type: 'ok' });
  });

  test('a place is given back by who does not log in', async () => {
    const bench = await open({ max_connections: 1 });
    expect(await bench.ask(bench.connect('n1'), { do: 'startup' })).toBe('authenticate');
    const client = await bench.client();
    expect(await bench.invoke(client, 'add', 1)).toMatchObject({ type: 'fail' });
    await bench.pass(61_000);
    expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'ok' });
  });

  test('a place is kept by a statement whose client has gone', async () => {
    const bench = await open({ max_connections: 1 }, { sim: SLOW_DISK });
    const session = await bench.session();
    begin(session, add(1));
    await bench.pass(50);
    session.close();
    await bench.pass(50);
    expect(await bench.ask(bench.connect('n1'), { do: 'startup' })).toMatchObject({ state: '53300' });
    await bench.pass(300);
    expect(bench.elements()).toEqual([1]);
    expect(await bench.ask(bench.connect('n1'), { do: 'startup' })).toBe('authenticate');
  });

  test('nobody while it recovers', async () => {
    const bench = await open({}, { sim: SLOW_DISK });
    const client = await bench.client();
    expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'ok' });
    await bench.cluster.kill('n1');
    await bench.pass(10);
    const refused = { type: 'fail', error: expect.stringMatching(/^Connection to n1:5432 refused \(08001\)$/) };
    const other = await bench.client(1);
    expect(await bench.invoke(other, 'add', 2)).toEqual(refused);
    await bench.cluster.start('n1');
    // First it brings its log to the disk and replays it, then there is a checkpoint.
    for (const ms of [100, 300]) {
      await bench.pass(ms);
      expect(await bench.invoke(other, 'add', 3)).toEqual({
        type: 'fail',
        error: 'FATAL: the database system is starting up (57P03)',
      });
    }
    expect(await bench.cluster.ready()).toBe('n1: the database system is starting up');
    expect(await bench.cluster.primaries()).toEqual([]);
    await bench.until('it is ready', async () => (await bench.cluster.ready()) === undefined);
    expect(await bench.cluster.primaries()).toEqual(['n1']);
    expect(await bench.invoke(other, 'read', null)).toEqual({ type: 'ok', value: [1] });
  });
});

describe('a crash', () => {
  const kill = { kill: 'machine' };

  async function crash(bench: Bench): Promise<void> {
    await bench.cluster.kill('n1');
    expect(bench.elements()).toEqual([]);
    await bench.cluster.start('n1');
    await bench.until('it is ready', async () => (await bench.cluster.ready()) === undefined);
  }

  test.each(['process', 'machine'])('of the %s takes nothing that was answered', async (what) => {
    const bench = await open({}, { sim: { kill: what } });
    const session = await bench.session();
    for (let element = 0; element < 20; element++) await bench.ask(session, add(element));
    await crash(bench);
    expect(bench.elements()).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('takes what is not flushed, with synchronous_commit off, and the trace says so', async () => {
    const bench = await open({ synchronous_commit: 'off' }, { sim: kill });
    const session = await bench.session();
    await bench.ask(session, add(1));
    await bench.pass(1_000);
    await bench.ask(session, add(2));
    await crash(bench);
    expect(bench.elements()).toEqual([1]);
    expect(bench.said('commit-lost').map(({ elements }) => elements)).toEqual([[2]]);
    expect(bench.said('recover').map(({ elements }) => elements)).toEqual([[1]]);
  });

  test('of the process alone takes what is not even written, with synchronous_commit off', async () => {
    const bench = await open({ synchronous_commit: 'off' });
    await bench.ask(await bench.session(), add(1));
    await crash(bench);
    expect(bench.elements()).toEqual([]);
  });

  test('of the process leaves what is written and not yet flushed: committed, though nobody was answered', async () => {
    const bench = await open({}, { sim: SLOW_DISK });
    const begun = begin(await bench.session(), add(1));
    await bench.pass(100);
    await crash(bench);
    expect([begun.answer, bench.elements()]).toEqual(['closed', [1]]);
  });

  test('what a recovery has shown to readers no later crash takes', async () => {
    const bench = await open({}, { sim: { ...SLOW_DISK, ...kill } });
    begin(await bench.session(), add(1));
    await bench.pass(100);
    // The process alone, as `stop` does it: its log is in the page cache.
    await bench.cluster.stop('n1');
    await bench.cluster.start('n1');
    await bench.until('it is ready', async () => (await bench.cluster.ready()) === undefined);
    expect(bench.elements()).toEqual([1]);
    await crash(bench);
    expect(bench.elements()).toEqual([1]);
  });
});

test('on the other nodes nothing serves, and a kill of one is of no consequence', async () => {
  const bench = await open();
  const client = await bench.client();
  await bench.cluster.kill('n2');
  expect(await bench.cluster.ready()).toBeUndefined();
  expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'ok' });
  expect(await bench.invoke(client, 'read-node', ['n1', null])).toEqual({ type: 'ok', value: ['n1', [1]] });
  expect(await bench.invoke(client, 'read-node', ['n2', null])).toEqual({
    type: 'fail',
    error: 'there is no server on n2: PostgreSQL runs on n1 alone',
  });
});
