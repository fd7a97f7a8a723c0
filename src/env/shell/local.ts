import { type ChildProcess, spawn } from 'node:child_process';
import { openShell, type Shell } from './shell.ts';

/** PATH for shells on this machine: the user's, and where an ordinary user's PATH does not look but ip and iptables are. */
export const PATH = [
  ...(process.env.PATH ?? '').split(':'),
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/bin',
  '/bin',
]
  .filter((dir, index, all) => dir !== '' && all.indexOf(dir) === index)
  .join(':');

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

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    // Not when its output is closed: what it has started, and somebody has stopped, would hold that open.
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}
