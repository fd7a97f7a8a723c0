/** The built command line, asked for a sweep: what every seed gave. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Results } from '../../src/executor/index.ts';

const PROGRAM = resolve('dist/plan-run.js');
const OUTPUT_BYTES_MAX = 100_000_000;

/** The part of a sweep's JSON that the tests read: one value a seed, in the order of the seeds. */
export interface Swept {
  readonly seeds: readonly number[];
  readonly valid: readonly (boolean | 'unknown')[];
  readonly history_sha256: readonly string[];
  readonly distributions: Readonly<Record<string, { readonly median: number; readonly values: readonly number[] }>>;
  readonly errors: readonly unknown[];
}

/** Sweeps a plan of the repository; a combination for each value of `--vary`, one without it. */
export function sweep(plan: string, ...argv: readonly string[]): Swept[] {
  const words = [PROGRAM, 'sweep', `plans/${plan}.yaml`, '--json', ...argv];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  // What it found is looked at by the test; that it ran is not a matter of what it found.
  if (status === null || status > 2) throw new Error(`${words.slice(1).join(' ')} ended with ${status}: ${stderr}`);
  return (JSON.parse(stdout) as { combinations: Swept[] }).combinations;
}

/** The values of a number, one a seed. */
export function valuesOf({ distributions }: Swept, name: string): readonly number[] {
  const found = distributions[name];
  if (found === undefined) throw new Error(`the sweep has no ${name}, only ${Object.keys(distributions).join(', ')}`);
  return found.values;
}

/** One run, as a user makes it, in a store; its results. */
export function runIn(store: string, plan: string, ...argv: readonly string[]): Results {
  const words = [PROGRAM, `plans/${plan}.yaml`, '--json', '--store', store, ...argv];
  const { stdout } = spawnSync(process.execPath, words, { encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX });
  return JSON.parse(stdout) as Results;
}

export function results(plan: string, ...argv: readonly string[]): Results {
  const store = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
  try {
    return runIn(store, plan, ...argv);
  } finally {
    rmSync(store, { recursive: true, force: true });
  }
}
