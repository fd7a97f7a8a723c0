import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = 'dist/plan-run.js';
const PLAN = 'plans/mongo-majority.yaml';

export interface Cost {
  readonly seconds: number;
  /** The most memory that the process had, in megabytes. */
  readonly megabytes: number;
}

/** Runs the plan in a new process, from its start to its end. */
export function measureRun(...argv: readonly string[]): Cost {
  return measure([PLAN, ...argv]);
}

/** Runs other plans in a new process, one after another. */
export function measurePlans(...plans: readonly string[]): Cost {
  return measure(plans);
}

/** Sweeps the plan over so many seeds. */
export function measureSweep(seeds: number): Cost {
  return measure(['sweep', PLAN, '--seeds', `1..${seeds}`]);
}

function measure(argv: readonly string[]): Cost {
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-bench-'));
  try {
    // What the process used is known to itself alone.
    const report = join(folder, 'memory.mjs');
    const said = join(folder, 'memory.txt');
    writeFileSync(
      report,
      `import { writeFileSync } from 'node:fs';
       import { isMainThread } from 'node:worker_threads';
       if (isMainThread) process.on('exit', () =>
         writeFileSync(${JSON.stringify(said)}, String(process.resourceUsage().maxRSS)));`,
    );
    const store = argv[0] === 'sweep' ? [] : ['--store', join(folder, 'store')];
    const began = process.hrtime.bigint();
    const { status, stderr } = spawnSync(process.execPath, ['--import', report, PROGRAM, ...argv, ...store], {
      encoding: 'utf8',
      maxBuffer: 100_000_000,
    });
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    if (status === null || status > 2) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
    const kilobytes = Number(readFileSync(said, 'utf8'));
    return { seconds, megabytes: kilobytes / 1024 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
