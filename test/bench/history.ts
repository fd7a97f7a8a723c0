/** What it takes to read long histories, in a process of its own: seconds, and its peak memory. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { set } from '../../src/checker/set/index.ts';
import { BARE_CONTEXT } from '../../src/contract/index.ts';
import { historyFromFile, Journal, pairs } from '../../src/history/index.ts';

export interface Measured {
  readonly seconds: number;
  readonly megabytes: number;
}

/** What a child does with the file it is given; it prints a `Measured`. */
const TASKS: Readonly<Record<string, (path: string) => unknown>> = {
  pair(path) {
    let latency = 0;
    for (const { invoke, completion } of pairs(historyFromFile(path))) latency += (completion?.time ?? 0) - invoke.time;
    return latency;
  },
  set: (path) => set.check(historyFromFile(path), { lost: 0 }, BARE_CONTEXT),
};

/** Reads and pairs a history of `ops` operations: half of them complete the others. */
export function measurePairs(ops: number, turns: number): Measured[] {
  return measure('pair', ops / 2, turns);
}

/** Judges a set to which `adds` elements were added, and which is read at the end. */
export function measureSet(adds: number, turns: number): Measured[] {
  return measure('set', adds, turns);
}

function measure(task: string, adds: number, turns: number): Measured[] {
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-bench-'));
  try {
    const path = join(folder, 'history.jsonl');
    write(path, adds);
    const argv = [process.argv[1] as string, 'in-history', task, path];
    return Array.from({ length: turns }, () => JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' })));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** In the child. */
export async function inHistory([task, path]: readonly string[]): Promise<void> {
  if (task === undefined || path === undefined || !existsSync(path)) throw new Error('in-history TASK FILE');
  const start = performance.now();
  await TASKS[task]?.(path);
  const seconds = (performance.now() - start) / 1000;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(JSON.stringify({ seconds, megabytes }));
}

/** Five clients add 0, 1, 2, ... at 100,000 a second; then one of them reads them all. */
function write(path: string, adds: number): void {
  const journal = new Journal(path, () => {});
  for (let value = 0; value < adds; value++) {
    const [time, process] = [value * 10_000, value % 5];
    journal.append({ time, type: 'invoke', process, f: 'add', value });
    journal.append({ time: time + 5_000, type: 'ok', process, f: 'add', value });
  }
  const read = { time: adds * 10_000, process: 0, f: 'read' } as const;
  journal.append({ ...read, type: 'invoke', value: null });
  journal.append({ ...read, type: 'ok', value: Array.from({ length: adds }, (_, value) => value) });
  journal.close();
}
