/** What a review costs: a repository of its own, in which every plan of the house is changed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROGRAM = resolve('dist/plan-run.js');
const WHO = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost'];
const REFUSED = 65;

/** Changes so many plans on a branch, and hands a function that measures reviews of it to `use`: seconds of each turn. */
export function withChangedPlans(
  count: number,
  use: (review: (argv: readonly string[], turns: number) => number[]) => void,
): void {
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-bench-'));
  const git = (...args: readonly string[]) => execFileSync('git', [...WHO, ...args], { cwd: folder, stdio: 'pipe' });
  try {
    git('init', '-q', '-b', 'main');
    const plans = readdirSync('plans').slice(0, count);
    if (plans.length < count) throw new Error(`there are ${plans.length} plans, not ${count}`);
    const write = (change: (text: string) => string) => {
      for (const name of plans) writeFileSync(join(folder, name), change(readFileSync(`plans/${name}`, 'utf8')));
      git('add', '--all');
      git('commit', '-qm', 'plans');
    };
    write((text) => text);
    git('checkout', '-q', '-b', 'topic');
    write((text) => `${text.replace(/^settle:.*\n/m, '')}\nsettle: 21s\n`);
    // The first turn fills the disk cache.
    timeS(folder, []);
    use((argv, turns) => Array.from({ length: turns }, () => timeS(folder, argv)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function timeS(cwd: string, argv: readonly string[]): number {
  const begin = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'review', ...argv], { cwd, encoding: 'utf8' });
  if (status === null || status >= REFUSED) throw new Error(`review ${argv.join(' ')}: ${stderr}`);
  return Number(process.hrtime.bigint() - begin) / 1e9;
}
