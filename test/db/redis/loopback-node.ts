/**
 * Nodes on loopback addresses of their own (127.x.y.1, .2, ...): enough for a cluster with real ports, real servers
 * and real deaths, though not for a network that can be cut.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PlanRunError } from '../../../src/base/errors.ts';
import type { Daemon, DaemonState, ExecOptions, ExecResult, Node } from '../../../src/contract/index.ts';

export class LoopbackNode implements Node {
  readonly name: string;
  readonly address: string;
  readonly dir: string;
  readonly #daemons = new Map<string, ChildProcess>();

  constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
    this.dir = mkdtempSync(join(tmpdir(), `plan-run-${name}-`));
  }

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const child = spawn(argv[0] as string, argv.slice(1));
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs ?? 30_000);
    const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
    clearTimeout(timer);
    if (timedOut || (exitCode !== 0 && !options.allowFailure))
      throw new PlanRunError(timedOut ? 'timeout' : 'command-failed', `${argv.join(' ')}: ${output.stderr}`);
    return { ...output, exitCode, timedOut };
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  read(path: string): Promise<string> {
    return readFile(path, 'utf8');
  }

  async spawn({ name, argv }: Daemon): Promise<void> {
    const log = openSync(this.logPath(name), 'a');
    this.#daemons.set(name, spawn(argv[0] as string, argv.slice(1), { stdio: ['ignore', log, log] }));
    closeSync(log);
  }

  async signal(name: string, signal: 'TERM' | 'KILL' | 'STOP' | 'CONT'): Promise<void> {
    this.#daemons.get(name)?.kill(`SIG${signal}`);
  }

  async state(name: string): Promise<DaemonState> {
    const child = this.#daemons.get(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return 'dead';
    const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
    return state === 'T' ? 'paused' : state === 'Z' ? 'dead' : 'running';
  }

  logPath(name: string): string {
    return join(this.dir, `${name}.log`);
  }

  async remove(): Promise<void> {
    for (const child of this.#daemons.values()) {
      const ended = child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** So many nodes, n1 and on, in a network of this process's own. */
export function loopbackNodes(count: number): LoopbackNode[] {
  const network = `127.${100 + (process.pid % 100)}.${(process.pid >> 7) % 256}`;
  return Array.from({ length: count }, (_, i) => new LoopbackNode(`n${i + 1}`, `${network}.${i + 1}`));
}
