import { posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PlanRunError } from '../../base/errors.ts';
import type { Daemon, DaemonState, ExecOptions, ExecResult, Node } from '../../contract/index.ts';
import { daemonState, logPath, PRELUDE, signalScript, spawnScript, stateScript } from './daemon.ts';
import { quote } from './quote.ts';
import type { Shell, ShellResult } from './shell.ts';

export interface ShellNode {
  readonly name: string;
  readonly address: string;
  /** Absolute; exists on the node. */
  readonly dir: string;
  /** Runs commands, one after another. */
  readonly work: Shell;
  /** Signals and asks; kept free of commands, so that a slow one does not hold up a fault. */
  readonly control: Shell;
  /** Copies a file of this machine to a path on the node whose directory exists, with its mode. */
  upload(source: string, target: string): Promise<void>;
}

/** A node behind two shells, wherever it is: the lab and ssh differ in how they open them. */
export async function makeShellNode(options: ShellNode): Promise<Node> {
  const { name, address, dir, work, control } = options;

  async function exec(argv: readonly string[], { input, timeoutMs = 30_000, allowFailure }: ExecOptions = {}) {
    // timeout(1) gives the command a process group of its own and kills all of it.
    const command = `timeout -s KILL ${timeoutMs / 1000} ${argv.map(quote).join(' ')}`;
    const script = input === undefined ? command : `printf %s ${quote(input)} | ${command}`;
    const begin = process.hrtime.bigint();
    const result = await work.run(script, timeoutMs + 5_000);
    const tookMs = Number(process.hrtime.bigint() - begin) / 1e6;
    const timedOut = result.exitCode === KILLED && tookMs >= timeoutMs;
    if (!allowFailure && (timedOut || result.exitCode !== 0)) {
      throw failure(name, argv.join(' '), { ...result, timedOut }, timeoutMs);
    }
    return { ...result, timedOut };
  }

  /** Our own script, told in a person's words. */
  async function run(shell: Shell, script: string, words: string): Promise<ShellResult> {
    const result = await shell.run(script);
    if (result.exitCode !== 0) throw failure(name, words, { ...result, timedOut: false }, 0);
    return result;
  }

  async function state(daemon: string): Promise<DaemonState> {
    const { stdout } = await control.run(stateScript(dir, daemon));
    return daemonState(stdout.trim());
  }

  await run(control, PRELUDE, 'prepare the shell');
  return {
    name,
    address,
    dir,
    exec,
    async write(path, text) {
      const script = `mkdir -p -- ${quote(posix.dirname(path))} && printf %s ${quote(text)} >${quote(path)}`;
      await run(work, script, `write ${path}`);
    },
    async read(path) {
      const { stdout } = await run(work, `cat <${quote(path)}`, `read ${path}`);
      return stdout;
    },
    async upload(source, target) {
      await run(work, `mkdir -p -- ${quote(posix.dirname(target))}`, `make the directory of ${target}`);
      await options.upload(source, target);
    },
    async spawn(daemon: Daemon) {
      await run(control, spawnScript(dir, daemon), `start ${daemon.argv.join(' ')}`);
    },
    async signal(daemon, signal) {
      await control.run(signalScript(dir, daemon, signal));
      const effect = EFFECTS[signal];
      if (effect === undefined) return;
      const deadline = process.hrtime.bigint() + 5_000_000_000n;
      while (!effect.includes(await state(daemon))) {
        if (process.hrtime.bigint() > deadline) {
          const message = `${daemon} on ${name} is not ${effect[0]} 5 s after SIG${signal}`;
          throw new PlanRunError('timeout', message, { node: name, timedOut: true });
        }
        await delay(1);
      }
    },
    state,
    logPath: (daemon) => logPath(dir, daemon),
  };
}

/** How timeout(1) ends when it has killed: 128 + SIGKILL. */
const KILLED = 137;

/** A signal takes effect a moment after kill(2): we wait until the system says so. TERM and INT may be answered late. */
const EFFECTS: Record<string, readonly DaemonState[] | undefined> = {
  KILL: ['dead'],
  STOP: ['paused', 'dead'],
  CONT: ['running', 'dead'],
};

function failure(node: string, command: string, result: ExecResult, timeoutMs: number): PlanRunError {
  const { exitCode, timedOut } = result;
  const stderr = result.stderr.trim();
  const how = timedOut ? `took longer than ${timeoutMs} ms` : `ended with exit code ${exitCode}`;
  const message = `"${command}" on ${node} ${how}${stderr === '' ? '' : `: ${stderr}`}`;
  return new PlanRunError(timedOut ? 'timeout' : 'command-failed', message, {
    node,
    command,
    exitCode,
    stderr,
    timedOut,
  });
}
