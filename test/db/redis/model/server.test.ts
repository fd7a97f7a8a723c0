import { describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../../../src/contract/index.ts';
import { KEY } from '../../../../src/db/redis/workloads.ts';
import { type Bench, openBench } from './bench.ts';

// Virtual time costs real time, and more of it on a machine that is busy.
vi.setConfig({ testTimeout: 60_000 });

const open = openBench;

const add = (element: number) => ({ command: 'DATA', argv: ['SADD', KEY, `${element}`] }) as const;
const SMEMBERS = { command: 'DATA', argv: ['SMEMBERS', KEY] } as const;
const members = async (bench: Bench, server: Connection) =>
  ((await bench.ask(server, SMEMBERS)) as string[]).map(Number);

describe('WAIT', () => {
  test('is answered when enough replicas have it, else when its time is over', async () => {
    const bench = await open(4, { sentinel: false });
    const n1 = bench.connect('n1');
    await bench.ask(n1, add(1));
    expect(await bench.ask(n1, { command: 'WAIT', replicas: 3, timeoutMs: 1_000 })).toBe(3);
    await bench.cluster.pause('n2');
    await bench.ask(n1, add(2));
    expect(await bench.ask(n1, { command: 'WAIT', replicas: 3, timeoutMs: 50 })).toBe(2);
    expect(await bench.ask(n1, { command: 'WAIT', replicas: 2, timeoutMs: 0 })).toBe(2);
  });

  test('on a server that is demoted meanwhile: UNBLOCKED, and the connection is closed', async () => {
    const bench = await open(3, { sentinel: false });
    const [n1, other] = [bench.connect('n1'), bench.connect('n1')];
    await bench.cluster.pause('n2');
    await bench.ask(n1, add(1));
    const waiting = bench.ask(n1, { command: 'WAIT', replicas: 2, timeoutMs: 0 });
    await bench.pass(50);
    await bench.ask(other, { command: 'REPLICAOF', primary: 'n2' });
    expect(await waiting).toEqual({ error: expect.stringMatching(/^UNBLOCKED /) });
    await bench.until('it is closed', () => !n1.open);
    expect(await bench.ask(other, { command: 'WAIT', replicas: 1, timeoutMs: 0 })).toEqual({
      error: expect.stringMatching(/^ERR WAIT cannot be used with replica/),
    });
  });
});

describe('refusals', () => {
  test('READONLY: a replica takes no writes', async () => {
    const bench = await open(2, { sentinel: false });
    const n2 = bench.connect('n2');
    expect(await bench.ask(n2, add(1))).toEqual({ error: expect.stringMatching(/^READONLY /) });
    expect(await members(bench, n2)).toEqual([]);
  });

  test('NOREPLICAS: a primary that has heard from too few of late takes none, until they are back', async () => {
    const bench = await open(3, { sentinel: false, min_replicas_to_write: 2, min_replicas_max_lag: 2 });
    const n1 = bench.connect('n1');
    expect(await bench.ask(n1, add(1))).toBe(1);
    await bench.cluster.pause('n2');
    await bench.pass(500);
    expect(await bench.ask(n1, add(2))).toBe(1);
    await bench.pass(5_000);
    expect(await bench.ask(n1, add(3))).toEqual({ error: 'NOREPLICAS Not enough good replicas to write.' });
    await bench.cluster.resume('n2');
    await bench.pass(3_000);
    expect(await bench.ask(n1, add(4))).toBe(1);
    expect(await members(bench, n1)).toEqual([1, 2, 4]);
  });

  test('LOADING: a server that reads a long log, which refuses the whole transaction', async () => {
    const bench = await open(2, { sentinel: false, appendonly: true });
    const n1 = bench.connect('n1');
    for (let element = 0; element < 20_000; element++) n1.call(add(element), () => {});
    await bench.pass(1_000);
    await bench.cluster.kill('n1');
    await bench.cluster.start('n1');
    const refused = { error: 'LOADING Redis is loading the dataset in memory' };
    let again = bench.connect('n1');
    await bench.until('it listens', async () => {
      if (!again.open) again = bench.connect('n1');
      await bench.pass(1);
      return again.open;
    });
    expect(await bench.ask(again, { command: 'EXEC', commands: [{ command: 'ROLE' }, SMEMBERS] })).toEqual(refused);
    await bench.pass(100);
    expect(await members(bench, again)).toHaveLength(20_000);
  });
});

describe('replication', () => {
  test('a demoted primary takes over the data of the new one, and says what it discards', async () => {
    const bench = await open(3, { sentinel: false });
    const [n1, n2] = [bench.connect('n1'), bench.connect('n2')];
    for (const element of [1, 2, 3]) await bench.ask(n1, add(element));
    await bench.pass(100);
    await bench.ask(n2, { command: 'REPLICAOF', primary: undefined });
    for (const element of [4, 5]) await bench.ask(n1, add(element));
    await bench.ask(n2, add(6));
    await bench.ask(n1, { command: 'REPLICAOF', primary: 'n2' });
    await bench.until('n1 has copied', () => bench.said('sync-done', 'n1').some(({ words }) => /REPLICA/.test(words)));
    expect(bench.said('discard', 'n1').map(({ elements }) => elements)).toEqual([[4, 5]]);
    expect(await members(bench, n1)).toEqual([1, 2, 3, 6]);
    expect(bench.said('resync-refused', 'n2').at(-1)?.words).toMatch(/Requested offset for second ID/);
  });

  test('a primary that wrote nothing more goes on as a replica without copying', async () => {
    const bench = await open(3, { sentinel: false });
    const [n1, n2] = [bench.connect('n1'), bench.connect('n2')];
    await bench.ask(n1, add(1));
    await bench.pass(100);
    await bench.ask(n2, { command: 'REPLICAOF', primary: undefined });
    await bench.ask(n2, add(2));
    await bench.ask(n1, { command: 'REPLICAOF', primary: 'n2' });
    await bench.pass(2_000);
    expect(bench.said('partial-resync', 'n1').filter(({ words }) => words.includes('Master accepted'))).toHaveLength(1);
    expect(bench.said('discard', 'n1')).toEqual([]);
    expect(await members(bench, n1)).toEqual([1, 2]);
    // n3 still follows n1, and has it by way of it.
    expect(await members(bench, bench.connect('n3'))).toEqual([1, 2]);
  });

  test('a server whose primary has none answers NOMASTERLINK', async () => {
    const bench = await open(3, { sentinel: false });
    const n2 = bench.connect('n2');
    await bench.cluster.kill('n1');
    await bench.pass(2_000);
    expect(await bench.ask(n2, { command: 'PSYNC', replid: '?', offset: -1 })).toEqual({
      error: expect.stringMatching(/^NOMASTERLINK/),
    });
  });
});

describe('kill -9', () => {
  const survivors = async (settings: Parameters<typeof openBench>[1], sim = {}, waitMs = 0) => {
    const bench = await open(2, { sentinel: false, ...settings }, { sim });
    // The first alone: nobody shall have a copy.
    await bench.cluster.kill('n2');
    await bench.cluster.start('n2');
    await bench.cluster.kill('n1');
    await bench.cluster.start('n1');
    await bench.pass(5_000);
    const n1 = bench.connect('n1');
    for (const element of [1, 2, 3]) await bench.ask(n1, add(element));
    await bench.pass(waitMs);
    await bench.cluster.kill('n1');
    await bench.cluster.start('n1');
    await bench.pass(2_000);
    const answer = await members(bench, bench.connect('n1'));
    return { answer, replica: await members(bench, bench.connect('n2')) };
  };

  test('without appendonly nothing is left, and the replicas follow it into emptiness', async () => {
    expect(await survivors({})).toEqual({ answer: [], replica: [] });
  });

  test('with appendonly all is left, synced or not', async () => {
    expect(await survivors({ appendonly: true })).toEqual({ answer: [1, 2, 3], replica: [1, 2, 3] });
  });

  test('with appendonly and a power failure, what was written more than a second ago', async () => {
    expect((await survivors({ appendonly: true }, { kill: 'machine' }, 1_500)).answer).toEqual([1, 2, 3]);
  });
});

test('a killed server comes back as what Sentinel made of it', async () => {
  const bench = await open(3, { down_after: '500ms' });
  await bench.cluster.kill('n1');
  await bench.until('another is primary', async () => (await bench.cluster.primaries()).length === 1);
  const [primary] = await bench.cluster.primaries();
  await bench.until('the others follow it', () => bench.trace.some(({ words }) => words.startsWith('+failover-end')));
  const other = primary === 'n2' ? 'n3' : 'n2';
  expect(primary).not.toBe('n1');
  await bench.cluster.start('n1');
  await bench.until('all is ready', async () => (await bench.cluster.ready()) === undefined);
  expect(await bench.cluster.primaries()).toEqual([primary]);
  expect(bench.said('replicaof', 'n1').at(-1)?.words).toMatch(new RegExp(`^REPLICAOF ${primary}`));
  expect(bench.said('replicaof', other)).toHaveLength(1);
  // From now on its own file says so: nobody has to turn it again.
  await bench.cluster.kill('n1');
  await bench.cluster.start('n1');
  await bench.until('all is ready again', async () => (await bench.cluster.ready()) === undefined);
  expect(await bench.cluster.primaries()).toEqual([primary]);
  expect(bench.said('replicaof', 'n1')).toHaveLength(1);
});
