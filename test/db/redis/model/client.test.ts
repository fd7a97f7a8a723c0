/** The simulated client's words and outcomes: those of the real one, whose error table it shares. */
import { expect, test, vi } from 'vitest';
import type { Client } from '../../../../src/contract/index.ts';
import { type Bench, openBench } from './bench.ts';

// Virtual time costs real time, and more of it on a machine that is busy.
vi.setConfig({ testTimeout: 60_000 });

async function open(...given: Parameters<typeof openBench>): Promise<{ bench: Bench; client: Client }> {
  const bench = await openBench(...given);
  return { bench, client: await bench.cluster.connect({ client: 0, home: 'n1' }) };
}

test('adds at the primary that its Sentinel names, and reads there and from each node', async () => {
  const { bench, client } = await open(3, {});
  for (const element of [3, 1, 2]) expect(await bench.invoke(client, 'add', element)).toEqual({ type: 'ok' });
  expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [1, 2, 3] });
  await bench.pass(100);
  expect(await bench.invoke(client, 'read-node', ['n3', null])).toEqual({ type: 'ok', value: ['n3', [1, 2, 3]] });
});

test('a dead server, and its Sentinel: fail, for nothing was sent', async () => {
  const { bench, client } = await open(3, {});
  await bench.cluster.kill('n1');
  for (let attempt = 0; attempt < 2; attempt++)
    expect(await bench.invoke(client, 'add', attempt)).toEqual({
      type: 'fail',
      error: expect.stringMatching(/ECONNREFUSED|Connection is closed/),
    });
});

test('a Sentinel that is stopped: fail after connect_timeout', async () => {
  const { bench, client } = await open(3, {});
  await bench.cluster.pause('n1');
  expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'fail', error: 'Command timed out' });
});

test('the server killed after the write was sent: info', async () => {
  const { bench, client } = await open(1, {});
  expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'ok' });
  await bench.cluster.pause('n1');
  const pending = bench.invoke(client, 'add', 2);
  await bench.pass(100);
  await bench.cluster.kill('n1');
  expect(await pending).toEqual({ type: 'info', error: 'Connection is closed.' });
});

test('a replica that is taken for the primary: READONLY, and it is no read of the primary', async () => {
  const { bench, client } = await open(2, { sentinel: false });
  await bench.ask(bench.connect('n1'), { command: 'REPLICAOF', primary: 'n2' });
  expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'fail', error: expect.stringMatching(/^READONLY /) });
  expect(await bench.invoke(client, 'read', null)).toEqual({
    type: 'fail',
    error: 'the server that is said to be primary calls itself slave',
  });
});

test('WAIT with too few replicas: info, the primary has it', async () => {
  const { bench, client } = await open(3, { wait: 2, wait_timeout: '100ms' });
  expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'ok' });
  await bench.cluster.pause('n3');
  expect(await bench.invoke(client, 'add', 2)).toEqual({
    type: 'info',
    error: 'WAIT 2: only 1 replicas had it within 100 ms',
  });
  expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [1, 2] });
});

test('a closed client does not go on', async () => {
  const { bench, client } = await open(2, { sentinel: false });
  await bench.cluster.kill('n1');
  await bench.pass(100);
  expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'fail', error: 'connect ECONNREFUSED n1:6379' });
  await bench.cluster.start('n1');
  await bench.pass(100);
  // It waits before it connects again.
  const pending = bench.invoke(client, 'add', 2);
  client.close();
  expect(await pending).toEqual({ type: 'fail', error: 'the client was closed' });
});
