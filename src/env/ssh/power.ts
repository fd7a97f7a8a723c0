import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import type { InventoryHost } from '../../contract/index.ts';
import type { Shell } from '../shell/shell.ts';
import { type Connection, connect } from './connection.ts';
import { duration } from './look.ts';

/** Of a big machine's firmware, which may look at its memory for minutes. */
const BACK_MS = 600_000;
const OFF_MS = 120_000;
const PAUSE_MS = 250;

const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id';

/** Asks a machine to restart, and waits until it is back and `ready`. @returns how long that took, in words. @throws PlanRunError. */
export async function reboot(
  { host }: Connection,
  shell: Shell,
  signal: AbortSignal,
  ready: (shell: Shell) => Promise<string | undefined>,
): Promise<string> {
  const before = (await shell.run(BOOT_ID)).stdout.trim();
  await ask(shell, 'reboot');
  return until(host.node, BACK_MS, signal, async () => {
    const connection = await connect(host);
    try {
      const again = await connection.shell();
      if ((await again.run(BOOT_ID)).stdout.trim() === before) return 'it has not gone down yet';
      return await ready(again);
    } finally {
      await connection.close();
    }
  });
}

/** Asks a machine to switch itself off, and waits until it no longer answers. Returns and throws as `reboot`. */
export async function shutdown({ host }: Connection, shell: Shell, signal: AbortSignal): Promise<string> {
  await ask(shell, 'poweroff');
  return until(host.node, OFF_MS, signal, () => isUp(host));
}

async function isUp(host: InventoryHost): Promise<string | undefined> {
  let connection: Connection;
  try {
    connection = await connect(host);
  } catch {
    return undefined;
  }
  await connection.close();
  return 'it still answers';
}

/**
 * In the background, and a moment later: the answer is there before the machine goes, and nothing waits for a session that dies with
 * it. systemd's way first; the last one asks the kernel (reboot(8)).
 */
async function ask(shell: Shell, what: 'reboot' | 'poweroff'): Promise<void> {
  const script = `sleep 0.5; timeout 20 systemctl ${what} || timeout 20 ${what} || ${what} -f`;
  await shell.run(`setsid sh -c '${script}' </dev/null >/dev/null 2>&1 &`);
}

/** Tries until nothing is missing. @throws PlanRunError with what was missing at last. */
async function until(
  node: string,
  timeoutMs: number,
  signal: AbortSignal,
  missing: () => Promise<string | undefined>,
): Promise<string> {
  const begin = performance.now();
  for (;;) {
    // A machine on its way does not answer, or not as it should.
    const what = await missing().catch((error: unknown) => messageOf(error));
    const tookMs = performance.now() - begin;
    if (what === undefined) return tookMs < 10_000 ? `${(tookMs / 1000).toFixed(1)}s` : duration(tookMs / 1000);
    signal.throwIfAborted();
    if (tookMs > timeoutMs) {
      throw new PlanRunError('timeout', `${node} did not do it within ${duration(timeoutMs / 1000)}: ${what}`, {
        node,
        timedOut: true,
        hint: 'look at its console',
      });
    }
    await delay(PAUSE_MS);
  }
}
