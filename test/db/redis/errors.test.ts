/** Each row of the error table, provoked: a real client against a real server that refuses, stalls or dies. */

import { rmSync } from 'node:fs';
import { createServer, type Socket, type Server as TcpServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { Outcome } from '../../../src/contract/index.ts';
import { RedisClient, type RedisClientConfig } from '../../../src/db/redis/client.ts';
import { connectRedis, sockets } from '../../../src/db/redis/client-connection.ts';
import { classify, ERRORS } from '../../../src/db/redis/errors.ts';
import { KEY } from '../../../src/db/redis/workloads.ts';
import { eventually } from '../eventually.ts';
import { freePort, type Server, startServer, stopServers } from './server.ts';

vi.setConfig({ testTimeout: 30_000 });

type Config = Partial<RedisClientConfig> & { password?: string };

const clients: RedisClient[] = [];
const listeners: TcpServer[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const listener of listeners.splice(0)) listener.close();
  await stopServers();
});

/** How each refusal is provoked: the outcome of an add. */
const REFUSALS: Record<string, () => Promise<Outcome>> = {
  READONLY: async () => {
    const primary = await startServer();
    return add(await startServer({ replicaof: `127.0.0.1 ${primary.port}` }));
  },
  NOREPLICAS: async () => add(await startServer({ 'min-replicas-to-write': '1' })),
  LOADING: async () => {
    const before = await startServer();
    const keys = before.control.pipeline();
    for (let i = 0; i < 5000; i++) keys.set(`key:${i}`, 'x'.repeat(100));
    await keys.exec();
    await before.control.save();
    // A millisecond a key: five seconds of loading.
    return add(
      await startServer({
        dir: before.dir,
        'key-load-delay': '1000',
        'loading-process-events-interval-bytes': '1024',
      }),
    );
  },
  MASTERDOWN: async () =>
    add(
      await startServer({
        replicaof: `127.0.0.1 ${await freePort()}`,
        'replica-serve-stale-data': 'no',
        'replica-read-only': 'no',
      }),
    ),
  OOM: async () => add(await startServer({ maxmemory: '1' })),
  MISCONF: async () => {
    const server = await startServer({ save: '3600 1' });
    rmSync(server.dir, { recursive: true });
    await server.control.bgsave();
    await eventually('the snapshot fails', async () =>
      (await server.control.info('persistence')).includes('rdb_last_bgsave_status:err'),
    );
    return add(server);
  },
  NOAUTH: async () => add(await startServer({ requirepass: 'secret' }, { password: 'secret' })),
  NOPERM: async () => {
    const server = await startServer();
    await server.control.acl('SETUSER', 'default', '-sadd');
    return add(server);
  },
  BUSY: async () => {
    const server = await startServer({ 'busy-reply-threshold': '1' });
    server.control.eval('while true do end', 0).catch(() => {});
    const client = connectTo(server.port);
    await eventually('a script makes the server busy', async () => {
      const { type, error } = (await client.invoke({ f: 'read', value: null })) as { type: string; error?: string };
      return type === 'fail' && error?.startsWith('BUSY') === true;
    });
    return client.invoke({ f: 'add', value: 1 });
  },
  CLUSTERDOWN: async () => add(await startServer({ 'cluster-enabled': 'yes' })),
  WRONGTYPE: async () => {
    const server = await startServer();
    await server.control.set(KEY, 'a string');
    return add(server);
  },
  // Its control connection is the one that it accepts.
  'ERR max number of clients reached': async () => add(await startServer({ maxclients: '1' })),
  "Stream isn't writeable": async () => {
    const { port } = await startServer();
    const redis = await connectRedis({ host: '127.0.0.1', port }, { timeoutMs: 1_000 });
    redis.stream.end();
    const error = await redis.sadd(KEY, 1).then(String, (error: Error) => error);
    redis.disconnect();
    return classify(error, 'sent');
  },
};

const refusals = ERRORS.filter(({ code }) => code !== '');

test('each code has its provocation', () => {
  expect(Object.keys(REFUSALS).sort()).toEqual(refusals.map(({ code }) => code).sort());
});

test.each(refusals)('$code: $outcome, $reason', async ({ code, outcome }) => {
  const ended = await REFUSALS[code]!();
  expect(ended).toEqual({ type: outcome, error: expect.stringMatching(new RegExp(`^${code}\\b`)) });
});

test('before anything was sent, whatever went wrong: fail', async () => {
  const secret = await startServer({ requirepass: 'secret' }, { password: 'secret' });
  const lonely = await startServer({}, { sentinel: true });
  const silent = await listen(() => {});
  const nobody = await freePort();
  const add = (config: Config, port = secret.port) => connectTo(port, config).invoke({ f: 'add', value: 1 });
  const fails = (error: RegExp) => ({ type: 'fail', error: expect.stringMatching(error) });

  expect(await add({}, nobody)).toEqual(fails(/ECONNREFUSED/));
  expect(await add({ password: 'wrong' })).toEqual(fails(/^WRONGPASS/));
  expect(await add({ password: 'secret', connectTimeoutMs: 50 }, silent)).toEqual(
    fails(/^no connection .* within 50 ms/),
  );
  expect(await add({ sentinel: at(nobody) })).toEqual(fails(/ECONNREFUSED/));
  expect(await add({ sentinel: at(lonely.port) })).toEqual(fails(/^the Sentinel at 127.0.0.1 knows no primary "main"/));
  expect(await add({ sentinel: at(silent), connectTimeoutMs: 50 })).toEqual(fails(/^Command timed out/));
});

test('a read that ended in an error: fail, for a read changes nothing', async () => {
  const server = await startServer();
  const client = connectTo(server.port);
  await client.invoke({ f: 'add', value: 1 });
  await server.control.call('CLIENT', 'PAUSE', '60000', 'ALL');
  const read = client.invoke({ f: 'read', value: null });
  server.process.kill('SIGKILL');
  expect(await read).toEqual({ type: 'fail', error: 'Connection is closed.' });
});

test('the connection lost after the command was sent: info', async () => {
  const server = await startServer();
  const client = connectTo(server.port);
  expect(await client.invoke({ f: 'add', value: 1 })).toEqual({ type: 'ok' });
  await server.control.call('CLIENT', 'PAUSE', '60000', 'ALL');
  const pending = client.invoke({ f: 'add', value: 2 });
  server.process.kill('SIGKILL');
  expect(await pending).toEqual({ type: 'info', error: 'Connection is closed.' });
});

test('an answer that no row knows: info, though it begins like one', async () => {
  const port = await listen((socket) => socket.once('data', () => socket.write('-BUSYBODY who knows\r\n')));
  expect(await connectTo(port).invoke({ f: 'add', value: 1 })).toEqual({ type: 'info', error: 'BUSYBODY who knows' });
});

test('WAIT that fewer replicas answered than asked for: info, and the write is there', async () => {
  const server = await startServer();
  const client = connectTo(server.port, { wait: 1, waitTimeoutMs: 20 });
  expect(await client.invoke({ f: 'add', value: 7 })).toEqual({
    type: 'info',
    error: 'WAIT 1: only 0 replicas had it within 20 ms',
  });
  expect(await client.invoke({ f: 'read', value: null })).toEqual({ type: 'ok', value: [7] });
});

test('WAIT that enough replicas answered: ok', async () => {
  const server = await startServer();
  await startServer({ replicaof: `127.0.0.1 ${server.port}` });
  const client = connectTo(server.port, { wait: 1, waitTimeoutMs: 10_000 });
  expect(await client.invoke({ f: 'add', value: 7 })).toEqual({ type: 'ok' });
});

test('WAIT cut short by a demotion: info, and never fail', async () => {
  const server = await startServer();
  const other = await startServer();
  const pending = connectTo(server.port, { wait: 1, waitTimeoutMs: 60_000 }).invoke({ f: 'add', value: 7 });
  await blockedClient(server);
  await server.control.replicaof('127.0.0.1', other.port);
  expect(await pending).toEqual({ type: 'info', error: expect.stringMatching(/^UNBLOCKED/) });
});

test('the connection lost during WAIT: info', async () => {
  const server = await startServer();
  const pending = connectTo(server.port, { wait: 1, waitTimeoutMs: 60_000 }).invoke({ f: 'add', value: 7 });
  await blockedClient(server);
  server.process.kill('SIGKILL');
  expect(await pending).toEqual({ type: 'info', error: 'Connection is closed.' });
});

test('a refusal of WAIT after the write: info, where the same words refuse a write', () => {
  expect(classify(new Error('NOPERM this user has no permissions'), 'after').type).toBe('info');
  expect(classify(new Error('NOPERM this user has no permissions'), 'sent').type).toBe('fail');
});

function add(server: Server): Promise<Outcome> {
  return connectTo(server.port).invoke({ f: 'add', value: 1 });
}

function connectTo(port: number, { password, ...config }: Config = {}): RedisClient {
  const usual: RedisClientConfig = {
    workload: 'set',
    servers: new Map([['n1', at(port)]]),
    first: at(port),
    primaryName: 'main',
    askSentinel: 'each-op',
    wait: 0,
    waitTimeoutMs: 0,
    connectTimeoutMs: 5_000,
    memory: { position: '0-0' },
    leaseMs: 10_000,
  };
  const client = new RedisClient({ ...usual, ...config }, sockets(undefined, password));
  clients.push(client);
  return client;
}

function at(port: number): { host: string; port: number } {
  return { host: '127.0.0.1', port };
}

/** A server that does `serve` with each connection. */
async function listen(serve: (socket: Socket) => void): Promise<number> {
  const listener = createServer(serve).listen(0, '127.0.0.1');
  listeners.push(listener);
  await new Promise((resolve) => listener.once('listening', resolve));
  return (listener.address() as { port: number }).port;
}

async function blockedClient(server: Server): Promise<void> {
  await eventually('a client is blocked in WAIT', async () =>
    (await server.control.info('clients')).includes('blocked_clients:1'),
  );
}

test('a read is never taken from a replica, whoever calls it the primary', async () => {
  const primary = await startServer();
  await primary.control.sadd(KEY, 1);
  const replica = await startServer({ replicaof: `127.0.0.1 ${primary.port}` });
  const read = { f: 'read', value: null };
  expect(await connectTo(replica.port).invoke(read)).toEqual({
    type: 'fail',
    error: 'the server that is said to be primary calls itself slave',
  });
  expect(await connectTo(primary.port).invoke(read)).toEqual({ type: 'ok', value: [1] });
});

test('a client that is opened beforehand has its connection; one that cannot be is no failure', async () => {
  const server = await startServer();
  const client = connectTo(server.port);
  await client.open();
  const connections = async () => String(await server.control.client('LIST')).match(/\bid=/g)?.length;
  await eventually('the server has two connections', async () => (await connections()) === 2);
  const nobody = connectTo(await freePort());
  await nobody.open();
  expect(await nobody.invoke({ f: 'add', value: 1 })).toMatchObject({ type: 'fail' });
});

test('a Sentinel that is silent costs each operation its wait, and none a connection that was given up', async () => {
  const primary = await startServer();
  const sentinel = at(await listen(() => {}));
  const client = connectTo(primary.port, { sentinel, connectTimeoutMs: 100 });
  const errors = [];
  for (let value = 0; value < 4; value++) errors.push(await client.invoke({ f: 'add', value }));
  expect(errors).toEqual(Array(4).fill({ type: 'fail', error: 'Command timed out' }));
});
