/** The built command line, run as a user runs it. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Results } from '../../src/executor/index.ts';

export const PROGRAM = resolve('dist/plan-run.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly store: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly store: string;
  /** What it has printed so far. */
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

/** Starts `plan-run` in the lab, whatever the plan says, with a store of its own. */
export function start(argv: readonly string[], options: SpawnOptions = {}): Running {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: npm run build`);
  const store = mkdtempSync(join(tmpdir(), 'plan-run-store-'));
  const child = spawn(process.execPath, [PROGRAM, ...argv, '--env', 'lab', '--store', store], {
    ...options,
    stdio: 'pipe',
  });
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => (said.stdout += chunk));
  child.stderr?.on('data', (chunk) => (said.stderr += chunk));
  const ended = new Promise<Ended>((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) => done({ code, ...said, store }));
  });
  return { child, store, said, ended };
}

export const run = (argv: readonly string[], options?: SpawnOptions): Promise<Ended> => start(argv, options).ended;

/** The folder of the store's latest run. */
export const latest = (store: string): string => realpathSync(join(store, 'latest'));

export function resultsOf(store: string): Results {
  return JSON.parse(readFileSync(join(latest(store), 'results.json'), 'utf8'));
}

/** Polls until `condition` holds. @throws after `timeoutMs`, with the words for what was waited for. */
export async function eventually(what: string, condition: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
