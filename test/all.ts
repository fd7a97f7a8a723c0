/**
 * Everything that must hold, in one command: lint, types, generated files, unit tests, lab tests. Ends with the line
 * `N passed, N failed`. A skipped test counts as failed: what cannot run here has not been shown to work.
 *
 * `--quick` leaves out the sweeps over many seeds, and the lab: no namespaces are made.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let passed = 0;
let failed = 0;

function run(title: string, ...argv: string[]): boolean {
  process.stdout.write(`\n== ${title}\n`);
  const { status } = spawnSync('npx', ['--no-install', ...argv], { stdio: 'inherit' });
  return status === 0;
}

function check(title: string, ...argv: string[]): void {
  if (run(title, ...argv)) passed++;
  else failed++;
}

/** Runs one of vitest's projects, so many files at a time, and counts its tests. */
function tests(project: string, workers = 1): void {
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const ended = run(
    `${project} tests`,
    'vitest',
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    project,
    `--maxWorkers=${workers}`,
    ...reporters,
  );
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    const all: number = counts.numTotalTests;
    const good: number = counts.numPassedTests;
    passed += good;
    failed += all - good;
    // A file that does not even load has no tests to fail; nor has a project that finds none.
    if ((!ended && all === good) || all === 0) failed++;
  } catch {
    failed++;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const quick = process.argv.includes('--quick');
check('build', 'tsx', 'src/cli/build.ts');
check('lint', 'biome', 'check', '.');
check('types', 'tsc', '--noEmit');
check('generated files', 'tsx', 'schemas/generate.ts', '--check');
tests('unit', 2);
if (!quick) tests('seeds');
if (!quick) tests('lab');
if (!quick) tests('lab-databases', 2);

process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
