import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Root's road and an ordinary user's; an ordinary user has only its own. */
export const USERS = process.getuid?.() === 0 ? (['root', 'nobody'] as const) : (['myself'] as const);
export type User = (typeof USERS)[number];

const AS: Record<User, readonly string[]> = {
  root: [],
  myself: [],
  nobody: ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'],
};

export interface Script {
  readonly child: ChildProcess;
  /** In the environment of every process that it started, directly or not. */
  readonly mark: string;
  /** What it has printed so far, stdout and stderr in one. */
  output(): string;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export interface ScriptOptions {
  readonly args?: readonly string[];
  /** Words before `node`: a command that runs the script. */
  readonly before?: readonly string[];
  /** On a terminal of its own (script(1)), whose keyboard is the child's stdin. */
  readonly terminal?: boolean;
}

/** Starts a script of test/lab/scripts, bundled to where every user may read it. */
export async function startScript(name: string, user: User, options: ScriptOptions = {}): Promise<Script> {
  const { args = [], before = [], terminal = false } = options;
  const mark = randomUUID();
  const words = [...before, ...AS[user], process.execPath, await bundle(name), ...args];
  const [program = '', ...rest] = terminal ? [...TERMINAL, `exec ${words.join(' ')}`] : words;
  const child = spawn(program, rest, { env: { ...process.env, [MARK]: mark, HOME: '/' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exit = new Promise<Awaited<Script['exit']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, mark, output: () => output, exit };
}

/** Pids of everything that the script has started and that still is: every process that carries its mark. */
export function processesOf({ mark }: Pick<Script, 'mark'>): number[] {
  const pids = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
  return pids.filter((pid) => environmentOf(pid).includes(`${MARK}=${mark}`));
}

/** Polls until `probe` gives something; what it waited for, and `detail`, are in the error when it never does. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false,
  timeoutMs = 10_000,
  detail = () => '',
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms until ${what}; ${detail()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Takes a command for `$SHELL -c`: not every shell becomes its last command by itself, and Ctrl-C would end it. */
const TERMINAL = ['script', '--quiet', '--return', '--log-out', '/dev/null', '--command'];
const MARK = 'PLAN_RUN_TEST_MARK';
const dir = mkdtempSync(join(tmpdir(), 'plan-run-lab-test-'));
chmodSync(dir, 0o755);
process.once('exit', () => rmSync(dir, { recursive: true, force: true }));

async function bundle(name: string): Promise<string> {
  const outfile = join(dir, `${name}.mjs`);
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    entryPoints: [`test/lab/scripts/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner,
    logLevel: 'error',
  });
  chmodSync(outfile, 0o644);
  return outfile;
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
