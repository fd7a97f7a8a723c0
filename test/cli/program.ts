import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

export const PROGRAM = resolve('dist/plan-run.js');

/** Runs the built command line with `input` on its stdin, and waits for its end. */
export function planRun(args: readonly string[], { cwd = process.cwd(), env = process.env, input = '' } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd,
    env,
    input,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

/** Runs it with nobody left to read its stdout after the first bytes. */
export function planRunHead(args: readonly string[], { cwd = process.cwd() } = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  return new Promise<{ status: number | null; stderr: string }>((done, failed) => {
    child.once('error', failed).once('close', (status) => done({ status, stderr }));
  });
}
