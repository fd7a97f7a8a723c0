/** A primary with two standbys: readiness, synchronous commits, reads from each, promotion and what follows it. */

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { becomesReady, eventually } from '../eventually.ts';
import { add, type Bench, deployOn, OK, read, readNode } from './bench.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let bench: Bench;
beforeAll(async () => {
  bench = await deployOn(3, {
    ...{ standbys: 2, password: 'secret', isolation: 'serializable' },
    ...{ synchronous_standby_names: 'FIRST 1 (n2, n3)', synchronous_commit: 'remote_apply' },
  });
});
afterAll(() => bench.remove());

const replication = () =>
  bench.sql('SELECT application_name AS node, sync_state AS sync FROM pg_stat_replication ORDER BY 1');

test('the standbys stream from n1, by the names of their nodes, and commits wait for the one that is to have them', async () => {
  expect(await bench.cluster.primaries()).toEqual(['n1']);
  expect(await replication()).toEqual([
    { node: 'n2', sync: 'sync' },
    { node: 'n3', sync: 'potential' },
  ]);
  const invoke = await bench.connect('n3');
  for (const value of [1, 2]) expect(await invoke(add(value))).toEqual(OK);
  // With remote_apply, it is there already.
  expect(await invoke(readNode('n2'))).toEqual({ type: 'ok', value: ['n2', [1, 2]] });
});

test('a client passes by a standby, and by a server that is gone; what it knew last comes first', async () => {
  const [n1, n2, n3] = bench.nodes.map(({ name, address }) => ({ node: name, host: address, port: 5432 }));
  const lastPrimary = {};
  const reversed = bench.client({ servers: [{ ...n3!, port: 1 }, n2!, n1!], lastPrimary });
  expect(await reversed.invoke(read)).toEqual({ type: 'ok', value: [1, 2] });
  expect(lastPrimary).toEqual({ node: 'n1' });
  const lost = await bench.client({ servers: [n2!, n3!] }).invoke(add(9));
  expect(lost).toEqual({ type: 'fail', error: 'no primary: n2 is a standby (08001); n3 is a standby (08001) (08001)' });
});

test('a paused synchronous standby: no commit is answered, and the cluster is not ready', async () => {
  const { cluster } = bench;
  await cluster.pause('n2');
  expect(await bench.client({ socketTimeoutMs: 500 }).invoke(add(3))).toEqual({
    ...{ type: 'info', error: 'no answer within 500 ms (08006)' },
  });
  expect(await cluster.ready()).toBe('n2: postgres does not answer');
  await cluster.resume('n2');
  await becomesReady(cluster);
  expect(await (await bench.connect('n1'))(read)).toEqual({ type: 'ok', value: [1, 2, 3] });
});

test('a standby that was killed comes back as one, and catches up', async () => {
  const { cluster } = bench;
  await cluster.kill('n3');
  expect(await cluster.ready()).toBe('n3: postgres does not answer');
  expect(await (await bench.connect('n1'))(add(4))).toEqual(OK);
  await cluster.start('n3');
  await becomesReady(cluster);
  expect(await (await bench.connect('n1'))(readNode('n3'))).toEqual({ type: 'ok', value: ['n3', [1, 2, 3, 4]] });
});

test('promoted, n2 and n1 are both primary until n1 rejoins; what n1 had on its own is gone, what it acknowledged before is not', async () => {
  const { cluster } = bench;
  expect(await cluster.promoted!('n2')).toBe('not');
  const old = bench.client();
  expect(await old.invoke(add(5))).toEqual(OK);
  await cluster.promote!('n2');
  expect(await cluster.promoted!('n2')).toBe('installed');
  expect(await cluster.primaries()).toEqual(['n1', 'n2']);
  expect(await cluster.ready()).toBe('n1 and n2 both claim to be primary');
  await expect(cluster.promote!('n2')).rejects.toThrow('Cannot promote n2: it is primary already');

  // The client of old stays where it is, and n1 waits for nobody who would come.
  await bench.sql("ALTER SYSTEM SET synchronous_standby_names = ''");
  await bench.sql('SELECT pg_reload_conf()');
  await eventually('n1 waits for nobody', async () => {
    const [row] = await bench.sql('SHOW synchronous_standby_names');
    return row?.synchronous_standby_names === '';
  });
  expect(await old.invoke(add(6))).toEqual(OK);
  const fresh = bench.client({ lastPrimary: { node: 'n2' } });
  await eventually(
    'n3 follows n2, and a commit there is answered',
    async () => (await fresh.invoke(add(7))).type === 'ok',
  );

  // It was killed until the heal, and is not back yet.
  await cluster.kill('n2');
  await cluster.start('n2');
  await cluster.rejoin!('n2');
  expect(await cluster.promoted!('n2')).toBe('not');
  await becomesReady(cluster);
  expect(await cluster.primaries()).toEqual(['n2']);
  expect(await bench.sql('SELECT application_name AS node FROM pg_stat_replication ORDER BY 1', 'n2')).toEqual([
    ...[{ node: 'n1' }, { node: 'n3' }],
  ]);
  const all = [1, 2, 3, 4, 5, 7];
  expect(await bench.client().invoke(read)).toEqual({ type: 'ok', value: all });
  for (const node of ['n1', 'n2', 'n3'])
    expect(await bench.client().invoke(readNode(node))).toEqual({ type: 'ok', value: [node, all] });
  // It was the one before the last: there is nothing to put right.
  await cluster.rejoin!('n3');
  expect(await cluster.primaries()).toEqual(['n2']);
});
