/** One server, deployed on a loopback node: what it is told, readiness, kill, pause, stop, versions. */

import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { becomesReady, eventually } from '../eventually.ts';
import { add, type Bench, deployOn, OK, read, readNode } from './bench.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PASSWORD = "a 'quoted' \\ word: x";

let bench: Bench;
beforeAll(async () => {
  bench = await deployOn(2, {
    ...{
      version: '15',
      password: PASSWORD,
      synchronous_commit: 'local',
      wal_writer_delay: '123ms',
      commit_delay: '2.5ms',
    },
    ...{ commit_siblings: 7, max_connections: 11, isolation: 'repeatable_read' },
  });
});
afterAll(() => bench.remove());

test('the settings are the server’s own', async () => {
  const names = [
    'synchronous_commit',
    'wal_writer_delay',
    'commit_delay',
    'commit_siblings',
    'listen_addresses',
    'fsync',
  ];
  const rows = await bench.sql(`SELECT name, setting FROM pg_settings WHERE name IN ('${names.join("','")}')`);
  expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
    ...{
      synchronous_commit: 'local',
      wal_writer_delay: '123',
      commit_delay: '2500',
      commit_siblings: '7',
      fsync: 'on',
    },
    listen_addresses: bench.nodes[0]!.address,
  });
});

test('clients log in with the password, which stands in no list of processes, no log and no file that others may read', async () => {
  expect(await bench.client({ password: 'another' }).invoke(read)).toMatchObject({
    ...{ type: 'fail', error: expect.stringContaining('(28P01)') },
  });
  expect(await bench.client({}).invoke(read)).toEqual({ type: 'ok', value: [] });
  const [node] = bench.nodes;
  const { stdout } = await node!.exec(['ps', '-eo', 'args']);
  expect(stdout).toContain(node!.dir);
  expect(stdout).not.toContain('quoted');
  expect(readFileSync(node!.logPath('postgres'), 'utf8')).not.toContain('quoted');
  expect(readFileSync(`${node!.dir}/postgres/postgresql.conf`, 'utf8')).not.toContain('quoted');
  expect(statSync(`${node!.dir}/postgres/passwords`).mode & 0o777).toBe(0o600);
});

test('clients come from their seat’s address', async () => {
  const address = bench.nodes[1]!.address;
  const invoke = await bench.connect('n2', address);
  expect(await invoke(read)).toMatchObject({ type: 'ok' });
  const rows = await bench.sql("SELECT host(client_addr) AS host FROM pg_stat_activity WHERE usename = 'plan_run'");
  expect(rows).toContainEqual({ host: address });
});

test('the other node is idle; nothing is read from it', async () => {
  const { cluster } = bench;
  expect(await cluster.primaries()).toEqual(['n1']);
  expect(await cluster.processes('n2')).toBe('running');
  expect(cluster.logs('n2')).toEqual([]);
  await cluster.kill('n2');
  await cluster.start('n2');
  const invoke = await bench.connect('n2');
  expect(await invoke(readNode('n2'))).toEqual({
    ...{ type: 'fail', error: 'there is no server on n2: PostgreSQL runs on n1 alone' },
  });
  await expect(cluster.promote!('n2')).rejects.toMatchObject({ message: 'There is no PostgreSQL on n2' });
  await expect(cluster.promote!('n1')).rejects.toMatchObject({
    ...{ message: 'Cannot promote n1: it is primary already', fields: { node: 'n1' } },
  });
});

test('killed, it starts with all that it had acknowledged; paused, it is not ready, and can still be stopped', async () => {
  const { cluster } = bench;
  const invoke = await bench.connect('n1');
  for (const value of [3, 1, 2]) expect(await invoke(add(value))).toEqual(OK);
  await cluster.kill('n1');
  expect(await cluster.processes('n1')).toBe('dead');
  expect(await cluster.primaries()).toEqual([]);
  expect(await cluster.ready()).toBe('n1: postgres does not answer');
  expect(await invoke(add(4))).toMatchObject({ type: 'fail', error: expect.stringContaining('(08001)') });
  await cluster.start('n1');
  await becomesReady(cluster);
  await eventually('the client is connected again', async () => (await invoke(read)).type === 'ok');
  expect(await invoke(read)).toEqual({ type: 'ok', value: [1, 2, 3] });

  await cluster.pause('n1');
  await eventually('all its processes are paused', async () => (await cluster.processes('n1')) === 'paused');
  expect(await cluster.ready()).toBe('n1: postgres does not answer');
  await cluster.resume('n1');
  await becomesReady(cluster);
  expect(await invoke(add(5))).toEqual(OK);
  await cluster.pause('n1');
  await cluster.stop('n1');
  expect(await cluster.processes('n1')).toBe('dead');
  expect(readFileSync(cluster.logs('n1')[0]!, 'utf8')).toContain('received fast shutdown request');
  await cluster.start('n1');
  await becomesReady(cluster);
});

test('another version than the installed one is refused', async () => {
  await expect(deployOn(1, { version: '14' })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^Cannot run PostgreSQL 14 on n1: \d+\.\d+ is installed$/),
    fields: { node: 'n1', hint: expect.stringContaining('database.postgres.version') },
  });
});

test('a server that cannot start says why', async () => {
  // One that its own settings keep from starting: memory for so many connections cannot be had.
  await expect(deployOn(1, { max_connections: 99_000_000 })).rejects.toMatchObject({
    ...{ code: 'command-failed', message: 'Cannot start PostgreSQL on n1: it has ended' },
    fields: { node: 'n1', stderr: expect.stringContaining('max_connections') },
  });
});
