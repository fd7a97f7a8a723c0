/** A member of its own on loopback, with flags that no plan sets. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { eventually } from '../eventually.ts';
import { local } from './bench.ts';

/** Starts it, and waits until it can be written to. It ends with the test. */
export async function startMember(flags: Record<string, string>) {
  const dir = mkdtempSync(join(tmpdir(), 'plan-run-etcd-'));
  const [port, peerPort] = [await freePort(), await freePort()];
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const all = {
    ...{ name: 'one', 'data-dir': dir, 'listen-client-urls': client, 'advertise-client-urls': client },
    ...{ 'listen-peer-urls': peer, 'initial-advertise-peer-urls': peer, 'initial-cluster': `one=${peer}` },
    ...{ logger: 'zap', 'log-outputs': 'stderr', ...flags },
  };
  const argv = Object.entries(all).map(([flag, value]) => `--${flag}=${value}`);
  const etcd = spawn('etcd', argv, { stdio: 'ignore' });
  onTestFinished(async () => {
    const gone = etcd.exitCode ?? etcd.signalCode ?? new Promise((resolve) => etcd.once('exit', resolve));
    etcd.kill('SIGKILL');
    await gone;
    rmSync(dir, { recursive: true, force: true });
  });
  await eventually(`etcd answers on port ${port}`, async () => {
    const health = await fetch(`${client}/v3/kv/range`, { method: 'POST', body: '{"key":"aw=="}' }).catch(
      () => undefined,
    );
    return health?.status === 200;
  });
  return local(port);
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
