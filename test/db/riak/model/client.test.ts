/** What a client sends again, what it gives up, and what goes on without it. */
import { describe, expect, test } from 'vitest';
import { Lock } from '../../../../src/db/riak/lock.ts';
import type { RiakSettings } from '../../../../src/db/riak/settings.ts';
import { type Bench, openBench } from './bench.ts';

/** n5 forwards what its client writes to n2, n3 or n4: `stalled` is the first that goes to n2, which is cut off. */
async function stalled(given: Partial<RiakSettings>, seed = 1) {
  const bench = await openBench({ net_ticktime: '8s', request_timeout: '6s', ...given }, { seed });
  await bench.part(['n1', 'n2'], ['n3', 'n4', 'n5']);
  for (let element = 0; element < 50; element++) {
    const client = await bench.client('n5');
    const begun = bench.begin(client, 'add', element);
    await bench.pass(100);
    if (begun.outcome === undefined) return { bench, client, element, begun };
  }
  throw new Error('n5 has forwarded nothing to n2');
}

const sent = (bench: Bench, element: number) =>
  bench.trace.filter(({ what, elements }) => (what === 'send' || what === 'retry') && elements?.includes(element));
const has = (bench: Bench, element: number) => bench.elements('n3', 1).includes(element);

describe('a write that has no answer', () => {
  test('is sent once, and the server’s timeout tells nothing', async () => {
    const { bench, element, begun } = await stalled({});
    await bench.pass(8_000);
    expect(begun.outcome).toEqual({ type: 'info', error: 'timeout' });
    expect(sent(bench, element)).toHaveLength(1);
    expect(has(bench, element)).toBe(false);
  });

  test('is sent again with what was read then: it takes the place of all that was written since', async () => {
    const { bench, element, begun } = await stalled({ client_attempts: 4 });
    const before = bench.elements('n3', 1);
    for (let more = 100; more < 105; more++) await bench.invoke(await bench.client('n3', 1), 'add', more);
    expect(bench.elements('n3', 1)).toContain(104);
    await bench.pass(30_000);
    expect(begun.outcome).toEqual({ type: 'ok' });
    expect(sent(bench, element).length).toBeGreaterThan(1);
    expect(bench.elements('n3', 1)).toEqual([...before, element].sort((a, b) => a - b));
    expect(bench.said('conflict').some(({ elements }) => elements?.includes(104))).toBe(true);
  });

  test('that is given up is not sent again, with cancel', async () => {
    const { bench, client, element } = await stalled({ client_attempts: 4 });
    client.close();
    await bench.pass(30_000);
    expect(sent(bench, element)).toHaveLength(1);
    expect(has(bench, element)).toBe(false);
  });

  test('that is given up goes on, with go_on', async () => {
    const { bench, client, element } = await stalled({ client_attempts: 4, when_timed_out: 'go_on' });
    client.close();
    await bench.pass(30_000);
    expect(sent(bench, element).length).toBeGreaterThan(1);
    expect(has(bench, element)).toBe(true);
    expect(bench.said('late').flatMap(({ elements }) => elements)).toEqual([element]);
  });

  test('is given up by the client itself after client_timeout', async () => {
    const { bench, element, begun } = await stalled({ client_timeout: '1s' });
    await bench.pass(1_000);
    expect(begun.outcome).toEqual({ type: 'info', error: 'timeout' });
    expect(sent(bench, element)).toHaveLength(1);
  });
});

describe('the lock', () => {
  test('is held until the answer, and first come is first served', async () => {
    const bench = await openBench({ lock: 'mutex' });
    const begun: { outcome: unknown }[] = [];
    for (const [number, home] of ['n1', 'n2', 'n3', 'n4', 'n5'].entries())
      begun.push(bench.begin(await bench.client(home, number), 'add', number));
    await bench.until('all are written', () => begun.every(({ outcome }) => outcome !== undefined));
    await bench.pass(100);
    expect(bench.elements('n3', 1)).toEqual([0, 1, 2, 3, 4]);
    const order = bench.trace.filter(({ what }) => what === 'send').map(({ elements }) => elements?.[0]);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test('is free for the next one when its holder is closed, whatever goes on', async () => {
    const { bench, client } = await stalled({ lock: 'mutex', when_timed_out: 'go_on', client_attempts: 4 });
    const next = bench.begin(await bench.client('n3', 1), 'add', 100);
    await bench.pass(100);
    expect(next.outcome).toBeUndefined();
    client.close();
    await bench.pass(100);
    expect(next.outcome).toEqual({ type: 'ok' });
  });

  test('passes over who has given up', async () => {
    const lock = new Lock();
    const [a, b, c] = [{}, {}, {}];
    const got: string[] = [];
    for (const [name, owner] of Object.entries({ a, b, c })) lock.acquire(owner).then(() => got.push(name));
    lock.release(b);
    lock.release(a);
    await Promise.resolve();
    expect(got).toEqual(['a', 'c']);
  });
});

test('a node that is not there: nothing was sent', async () => {
  const bench = await openBench({ connect_timeout: '200ms' });
  await bench.cluster.kill('n1');
  expect(await bench.invoke(await bench.client('n1'), 'add', 1)).toEqual({
    type: 'fail',
    error: 'connect ECONNREFUSED n1:8087',
  });
  await bench.part(['clients'], ['n2']);
  const begun = bench.begin(await bench.client('n2'), 'add', 2);
  await bench.pass(250);
  expect(begun.outcome).toEqual({ type: 'fail', error: 'connect ETIMEDOUT n2:8087' });
});

test('a node that dies with a write: nobody knows', async () => {
  const bench = await openBench({ w: 'all' });
  await bench.cluster.pause('n4');
  const begun = bench.begin(await bench.client('n2'), 'add', 1);
  await bench.pass(100);
  await bench.cluster.kill('n2');
  await bench.pass(100);
  expect(begun.outcome).toMatchObject({ type: 'info', error: expect.stringMatching(/ECONNRESET/) });
  expect(bench.elements('n3', 1)).toEqual([1]);
});

test('dw counts as w does: a vnode stores what it gets', async () => {
  for (const [dw, answered] of [
    ['all', false],
    ['quorum', true],
  ] as const) {
    const bench = await openBench({ dw });
    await bench.cluster.pause('n4');
    const begun = bench.begin(await bench.client('n2'), 'add', 1);
    await bench.pass(200);
    expect(begun.outcome !== undefined).toBe(answered);
  }
});

test('a read of set-full wants as many primaries as the plan says, that of set all of them', async () => {
  for (const [workload, outcome] of [
    ['set-full', { type: 'ok', value: [1] }],
    ['set', { type: 'fail', error: expect.stringMatching(/pr_val_unsatisfied/) }],
  ] as const) {
    const bench = await openBench({ r: 1, w: 1 }, {}, workload);
    const client = await bench.client('n3');
    expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'ok' });
    await bench.cluster.kill('n2');
    await bench.pass(1_000);
    expect(await bench.invoke(client, 'read', null)).toEqual(outcome);
  }
});
