import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { PlanRunError } from '../../base/errors.ts';
import { openShell, type Shell } from '../shell/shell.ts';
import { PATH } from './programs.ts';

/** A shell, and the process that it is. */
export interface LocalShell extends Shell {
  readonly pid: number;
  /** Resolves once the process is gone. */
  readonly ended: Promise<void>;
}

/**
 * A shell on this machine, by a command that becomes `sh`: `sh` itself, or unshare(1) or nsenter(1) before it. It
 * leads a session of its own, so that no terminal's signal reaches it. @throws where the command cannot start.
 */
export function startShell(name: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): LocalShell {
  const [program = 'sh', ...rest] = argv;
  const child = spawn(program, rest, {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PATH, ...env },
  });
  // Why it failed is on its stderr, or the shell's next answer says that it is gone.
  child.on('error', () => {});
  return { ...openShell(name, child), pid: child.pid ?? 0, ended: endOf(child) };
}

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

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    // Not when its output is closed: what it has started, and somebody has stopped, would hold that open.
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
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
