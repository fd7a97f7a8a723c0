/**
 * The runner, with its history on disk, against a bare ioredis loop: the same server, the same number of connections,
 * closed loop. In turn, so that the machine's moods hit both.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisClient } from '../../src/db/redis/client.ts';
import { sockets } from '../../src/db/redis/client-connection.ts';
import { measureExecutor } from './executor.ts';

const HOST = '127.0.0.1';

/** Operations per second of the runner and of the bare loop, a pair per turn. */
export async function measureThroughput(clients: number, count: number, turns: number) {
  const server = await startRedis();
  try {
    const pairs: { runner: number; bare: number }[] = [];
    for (let turn = 0; turn <= turns; turn++) {
      const pair = {
        bare: await onEmpty(server.port, () => bareLoop(server.port, clients, count)),
        runner: await onEmpty(server.port, () => runner(server.port, clients, count)),
      };
      // The first turn warms both up.
      if (turn > 0) pairs.push(pair);
    }
    return pairs;
  } finally {
    await server.stop();
  }
}

/** Each begins with a server that holds nothing: an element that is there already is added in less time. */
async function onEmpty(port: number, measure: () => Promise<number>): Promise<number> {
  const redis = new Redis({ host: HOST, port });
  await redis.flushall();
  redis.disconnect();
  return measure();
}

async function bareLoop(port: number, clients: number, count: number): Promise<number> {
  const connections = await Promise.all(
    Array.from({ length: clients }, async () => {
      const redis = new Redis({ host: HOST, port, protocol: 2, lazyConnect: true });
      await redis.connect();
      return redis;
    }),
  );
  const begin = process.hrtime.bigint();
  await Promise.all(
    connections.map(async (redis, client) => {
      for (let element = client; element < count; element += clients) await redis.sadd('plan-run:set', element);
    }),
  );
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  for (const redis of connections) redis.disconnect();
  return count / seconds;
}

async function runner(port: number, clients: number, count: number): Promise<number> {
  const server = { host: HOST, port };
  const connect = async () =>
    new RedisClient(
      {
        workload: 'set',
        servers: new Map([['n1', server]]),
        first: server,
        primaryName: 'primary',
        askSentinel: 'each-op',
        wait: 0,
        waitTimeoutMs: 1000,
        connectTimeoutMs: 1000,
        memory: { position: '0-0' },
        leaseMs: 0,
      },
      sockets(),
    );
  const { opsPerS } = await measureExecutor(clients, count, null, { workload: 'adds', connect });
  return opsPerS;
}

/** A Redis on a free port of the loopback, keeping nothing on disk. */
async function startRedis() {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'plan-run-bench-redis-'));
  const argv = ['--port', String(port), '--bind', HOST, '--save', '', '--appendonly', 'no', '--dir', dir];
  const child = spawn('redis-server', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  child.stdout.resume();
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
