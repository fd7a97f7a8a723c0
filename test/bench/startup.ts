/** Cold starts of the built command line, in turn with `node -e 0`. */
import { spawnSync } from 'node:child_process';

const PROGRAM = 'dist/plan-run.js';

/** Milliseconds of each command and of `node -e 0`, a pair per turn. */
export function measureStartup(argv: readonly string[], turns: number): { command: number; node: number }[] {
  const pairs = Array.from({ length: turns + 1 }, () => ({
    command: timeMs([PROGRAM, ...argv]),
    node: timeMs(['-e', '0']),
  }));
  // The first turn fills the disk cache.
  return pairs.slice(1);
}

function timeMs(argv: readonly string[]): number {
  const begin = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${argv.join(' ')}: ${stderr}`);
  return Number(process.hrtime.bigint() - begin) / 1e6;
}
