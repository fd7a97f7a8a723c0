/** Real redis-server processes on loopback, for tests: each on a free port, in a directory of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../eventually.ts';

export interface Server {
  readonly port: number;
  readonly dir: string;
  readonly process: ChildProcess;
  /** Commands of the test itself. */
  readonly control: Redis;
}

const servers: Server[] = [];

/**
 * Starts a server with lines of redis.conf (`{'min-replicas-to-write': '1'}`), or a Sentinel, and waits until it answers.
 * `password` is the test's own, for its commands.
 */
export async function startServer(
  options: Record<string, string> = {},
  { password, sentinel = false }: { password?: string; sentinel?: boolean } = {},
): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'plan-run-redis-'));
  const port = await freePort();
  const quick = sentinel ? {} : { save: '""', 'repl-diskless-sync': 'no' };
  const lines = { bind: '127.0.0.1', port, dir, ...quick, ...options };
  const file = join(dir, 'redis.conf');
  writeFileSync(
    file,
    Object.entries(lines)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  const process = spawn('redis-server', sentinel ? [file, '--sentinel'] : [file], { stdio: 'ignore' });
  const control = new Redis({ port, protocol: 2, enableReadyCheck: false, ...(password ? { password } : {}) });
  control.on('error', () => {});
  const server = { port, dir, process, control };
  servers.push(server);
  await eventually(`redis-server on port ${port} answers`, async () => {
    const answer = await control.ping().catch((error: Error) => error.message);
    return answer === 'PONG' || answer.startsWith('LOADING') || answer.startsWith('MASTERDOWN');
  });
  return server;
}

export async function stopServers(): Promise<void> {
  for (const { control, process, dir } of servers.splice(0)) {
    control.disconnect();
    const ended = process.exitCode ?? process.signalCode ?? new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
