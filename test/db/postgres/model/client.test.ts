/** The other half of the commit: what a client knows, does not know, and finds out. */
import { describe, expect, test } from 'vitest';
import type { Client, Outcome } from '../../../../src/contract/index.ts';
import { type Bench, openBench } from './bench.ts';

async function open(...given: Parameters<typeof openBench>): Promise<{ bench: Bench; client: Client }> {
  const bench = await openBench(...given);
  return { bench, client: await bench.client() };
}

const LOST = { type: 'info', error: 'An I/O error occurred while sending to the backend (08006)' };

/** The words of the trace about an element, whoever says them. */
const told = (bench: Bench, element: number) =>
  bench.trace.filter(({ elements }) => elements?.includes(element)).map(({ what }) => what);

test('adds and reads', async () => {
  const { bench, client } = await open();
  for (const element of [3, 1, 2]) expect(await bench.invoke(client, 'add', element)).toEqual({ type: 'ok' });
  expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [1, 2, 3] });
});

test('a connection takes a login, so that a server which is paused is not reached', async () => {
  const { bench } = await open({ connect_timeout: '300ms' });
  await bench.cluster.pause('n1');
  const pending = bench.client(1).then((client) => bench.invoke(client, 'add', 1));
  await bench.pass(700);
  expect(await pending).toEqual({ type: 'fail', error: 'Connection attempt timed out (08001)' });
});

describe('a commit whose answer is lost', () => {
  test('took place, and its client does not know', async () => {
    const { bench, client } = await open();
    const heal = await bench.deafen('clients', 'n1');
    expect(await bench.invoke(client, 'add', 1)).toEqual(LOST);
    expect(bench.elements()).toEqual([1]);
    await heal();
    await bench.pass(10_000);
    expect(told(bench, 1)).toEqual(['send', 'insert', 'commit', 'no-answer', 'unheard']);
  });

  test('is known after a retry, and is there once', async () => {
    const { bench, client } = await open();
    const heal = await bench.deafen('clients', 'n1');
    expect(await bench.invoke(client, 'add', 1)).toEqual(LOST);
    await heal();
    expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'ok' });
    expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [1] });
    expect(told(bench, 1)).toContain('known');
  });

  test('is found by verify', async () => {
    const { bench, client } = await open();
    const heal = await bench.deafen('clients', 'n1');
    expect(await bench.invoke(client, 'add', 1)).toEqual(LOST);
    // What cannot be asked is no answer.
    expect(await bench.invoke(client, 'verify', 1)).toMatchObject({ type: 'fail' });
    await heal();
    expect(await bench.invoke(client, 'verify', 1)).toEqual({ type: 'ok', value: [1, true] });
    expect(await bench.invoke(client, 'verify', 1)).toEqual({ type: 'ok', value: [1, true] });
    expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [1] });
  });
});

/** The statement stands still in the network, and comes when its client has long given up. */
describe('an addition that arrives late', () => {
  /** The cut ends after 1.1 s; what stood still is sent again 1.4 s after it was sent first. */
  async function stalled(...given: Parameters<typeof openBench>): Promise<{ bench: Bench; client: Client }> {
    const { bench, client } = await open(...given);
    const heal = await bench.deafen('n1', 'clients');
    expect(await bench.invoke(client, 'add', 1)).toEqual(LOST);
    await bench.pass(50);
    await heal();
    expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [] });
    return { bench, client };
  }

  test('is committed, and nobody hears of it', async () => {
    const { bench, client } = await stalled();
    await bench.pass(2_000);
    expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [1] });
    expect(bench.said('commit')[0]?.words).toMatch(/^n1 commits 1 .* but client 0 has gone, and never hears of it$/);
  });

  test.each(['on', 'off'] as const)(
    'finds a fence, after verify, and is not (synchronous_commit: %s)',
    async (commit) => {
      const { bench, client } = await stalled({ synchronous_commit: commit });
      expect(await bench.invoke(client, 'verify', 1)).toEqual({ type: 'ok', value: [1, false] });
      await bench.pass(2_000);
      expect(bench.said('conflict').at(-1)?.words).toMatch(/^n1 does nothing about 1 for client 0: a fence is there/);
      expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [] });
      expect(await bench.invoke(client, 'verify', 1)).toEqual({ type: 'ok', value: [1, false] });
    },
  );

  test('finds the fence also after a crash, whatever synchronous_commit is', async () => {
    const { bench, client } = await open({ synchronous_commit: 'off' }, { sim: { kill: 'machine' } });
    expect(await bench.invoke(client, 'verify', 1)).toEqual({ type: 'ok', value: [1, false] });
    await bench.cluster.kill('n1');
    await bench.cluster.start('n1');
    await bench.until('it is ready', async () => (await bench.cluster.ready()) === undefined);
    const other = await bench.client(1);
    expect(await bench.invoke(other, 'add', 1)).toMatchObject({ type: 'fail' });
    expect(bench.elements()).toEqual([]);
  });

  test('finds the row of a retry, and is there once', async () => {
    const { bench, client } = await stalled();
    expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'ok' });
    await bench.pass(2_000);
    expect(bench.said('conflict')).toHaveLength(1);
    expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [1] });
  });
});

test('verify waits for a commit that is under way', async () => {
  const slow = { min: '300ms', p50: '300ms', p99: '300ms', max: '300ms' };
  const { bench, client } = await open({ socket_timeout: '100ms' }, { sim: { disk_fsync: slow } });
  expect(await bench.invoke(client, 'add', 1)).toEqual(LOST);
  // Not yet committed, and no longer to be fenced off: the answer takes longer than this client waits.
  expect(await bench.invoke(client, 'verify', 1)).toEqual({
    type: 'fail',
    error: 'An I/O error occurred while sending to the backend (08006)',
  });
  await bench.pass(300);
  expect(await bench.invoke(client, 'verify', 1)).toEqual({ type: 'ok', value: [1, true] });
});

test('an addition that was fenced off fails: it is not there, and will not be', async () => {
  const { bench, client } = await open();
  expect(await bench.invoke(client, 'verify', 1)).toEqual({ type: 'ok', value: [1, false] });
  expect(await bench.invoke(client, 'add', 1)).toEqual({
    type: 'fail',
    error: expect.stringMatching(/^"add 1" was verified/),
  });
  expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [] });
});

test('the server killed while it flushes: nobody knows', async () => {
  const slow = { min: '300ms', p50: '300ms', p99: '300ms', max: '300ms' };
  const { bench, client } = await open({}, { sim: { disk_fsync: slow } });
  let outcome: Outcome | undefined;
  const pending = Promise.resolve(client.invoke({ f: 'add', value: 1 })).then((one) => {
    outcome = one;
  });
  await bench.pass(100);
  await bench.cluster.kill('n1');
  await bench.pass(100);
  await pending;
  expect(outcome).toEqual(LOST);
});

test.each([
  ['socket_timeout', 700, LOST],
  ['connect_timeout', 400, { type: 'fail', error: 'Connection attempt timed out (08001)' }],
])('%s is how long a client waits', async (setting, ms, expected) => {
  const { bench, client } = await open({ socket_timeout: '700ms', connect_timeout: '400ms' });
  // The second client of a seat connects when it first must.
  const asking = setting === 'socket_timeout' ? client : await bench.client();
  await bench.deafen('n1', 'clients');
  let outcome: Outcome | undefined;
  const pending = Promise.resolve(asking.invoke({ f: 'add', value: 1 })).then((one) => {
    outcome = one;
  });
  await bench.pass(ms - 20);
  expect(outcome).toBeUndefined();
  await bench.pass(40);
  expect(outcome).toEqual(expected);
  await pending;
});

test('a client that is closed does not go on', async () => {
  const { bench, client } = await open();
  await bench.cluster.kill('n1');
  await bench.pass(10);
  await bench.invoke(client, 'add', 1);
  client.close();
  expect(await bench.invoke(client, 'add', 2)).toEqual({ type: 'fail', error: 'the client was closed' });
});
