/**
 * Everything that must hold, in one command: lint, types, generated files, unit tests, lab tests, tests on machines. Ends with
 * the line `N passed, N failed`. A skipped test counts as failed: what cannot run here has not been shown to work.
 *
 * With CORPUS=PATH/manifest.json the histories of that corpus are judged, too.
 *
 * `--quick` leaves out the sweeps over many seeds, the lab and the machines: no namespaces are made.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let passed = 0;
let failed = 0;

function check(title: string, ...argv: string[]): void {
  process.stdout.write(`\n== ${title}\n`);
  const { status } = spawnSync('npx', ['--no-install', ...argv], { stdio: 'inherit' });
  if (status === 0) passed++;
  else failed++;
}

/** Runs one of vitest's projects, so many files at a time, and counts its tests. What it prints comes when it has ended. */
async function tests(project: string, { workers = 1, nice = 0 } = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
  const report = join(folder, 'report.json');
  const vitest = ['npx', '--no-install', 'vitest', 'run', '--config', 'test/vitest.config.ts', '--project', project];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const argv = ['-n', String(nice), ...vitest, `--maxWorkers=${workers}`, ...reporters];
  const { status, output } = await run('nice', argv);
  process.stdout.write(`\n== ${project} tests\n${output}`);
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    const all: number = counts.numTotalTests;
    const good: number = counts.numPassedTests;
    passed += good;
    failed += all - good;
    // A file that does not even load has no tests to fail; nor has a project that finds none.
    if ((status !== 0 && all === good) || all === 0) failed++;
  } catch {
    failed++;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(program: string, argv: readonly string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

/** What a corpus asks of us; other entries have no checker yet. */
const JUDGED = [
  ...['bank', 'causal-reverse', 'clock-plot', 'counter', 'linearizable', 'long-fork', 'nemesis-intervals', 'perf'],
  ...['queue', 'set', 'set-full', 'stats', 'total-queue', 'unhandled-exceptions', 'unique-ids'],
];

const quick = process.argv.includes('--quick');
check('build', 'tsx', 'src/cli/build.ts');
check('lint', 'biome', 'check', '.');
check('types', 'tsc', '--noEmit');
check('generated files', 'tsx', 'schemas/generate.ts', '--check');
const { CORPUS } = process.env;
if (CORPUS !== undefined) check('corpus', 'tsx', 'test/corpus/index.ts', CORPUS, '--only', JUDGED.join());
await tests('unit', { workers: 3 });
if (!quick) {
  // Sweeps only compute, and what runs real servers and machines mostly waits: the sweeps take what is left over.
  const sweeps = tests('seeds', { nice: 19 });
  await tests('lab');
  await tests('lab-databases', { workers: 2 });
  await tests('machines');
  await sweeps;
}

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
