import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { PlanRunError } from '../../base/errors.ts';

/**
 * Kills every process that is in another network namespace than ours: in the lab's PID namespace, all that runs on
 * a node, whoever started it. @param only a process on a node: that node's alone.
 * @throws PlanRunError `timeout` when some are still there after 5 s.
 */
export async function killAllOnNodes(only?: number): Promise<void> {
  const [own, wanted] = [networkOf(process.pid), only === undefined ? undefined : networkOf(only)];
  // A zombie has no network any more.
  const isMeant = (network: string | undefined) =>
    network !== undefined && (only === undefined ? network !== own : network === wanted);
  const deadline = process.hrtime.bigint() + 5_000_000_000n;
  for (;;) {
    const left = processes().filter((pid) => isMeant(networkOf(pid)));
    if (left.length === 0) return;
    if (process.hrtime.bigint() > deadline) {
      throw new PlanRunError('timeout', `processes ${left.join(', ')} are still there 5 s after SIGKILL`);
    }
    for (const pid of left) kill(pid);
    await delay(1);
  }
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

/** Undefined where there is no such process, or only a zombie of it. */
function networkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}
