import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { planFolder } from './folder.ts';
import { PROGRAM, planRun, planRunHead } from './program.ts';

// Several runs a test, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 60_000 });

const folder = planFolder();
afterAll(folder.remove);
const cwd = folder.path;
copyFileSync('test/cli/lossy-db.mjs', join(cwd, 'lossy-db.mjs'));
const LOSSY = `plan: 1
modules: [./lossy-db.mjs]
environment: sim
nodes: 3
database:
  lossy: { loss: 20, doubt: 10 }
workload:
  rate: 100/s
  set: { writes: 600 }
faults:
  - { at: 1s, for: 4s, partition: [[n1], [n2, n3]] }
require: { before: 1, during: 1, after: 1 }
settle: 1s
expect: invalid
`;
folder.write('lossy.yml', LOSSY);

const sweep = (...args: string[]) => planRun(['sweep', 'lossy.yml', '--allow-modules', ...args], { cwd });
const json = (...args: string[]) => JSON.parse(sweep('--json', ...args).stdout);

// Where the program keeps what it needs for a while: os.tmpdir() asks this.
const temporary = join(cwd, 'tmp');
mkdirSync(temporary);
vi.stubEnv('TMPDIR', temporary);
afterAll(() => void vi.unstubAllEnvs());

describe('sweep', () => {
  it('tells how often which verdict came, how the numbers spread, and what to look at', () => {
    const { status, stdout } = sweep('--seeds', '1..8');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^lossy: 8 runs, seeds 1\.\.8 {2}\(sim: a simulation of lossy\)\n/);
    expect(stdout).toMatch(/^invalid +8 +100% +67\.6% to 100% {2}as expected$/m);
    expect(stdout).toMatch(/^ {4}lost( +\d+){5} {2}[·▁-█]+$/m);
    expect(stdout).toMatch(/^always: set attempted 600, /m);
    expect(stdout).toMatch(/: the worst, set\.lost \d+\n +plan-run lossy\.yml --allow-modules --env sim --seed \d\n/);
  });

  it('says the same, to the byte, whatever runs beside what', () => {
    const [one, four] = ['1', '4'].map((jobs) => sweep('--seeds', '1..8', '--jobs', jobs, '--json').stdout);
    expect(four).toBe(one);
    expect(one?.length).toBeGreaterThan(1000);
  });

  it('keeps nothing of a run, for a run by its seed is the same to the byte', () => {
    const { combinations } = json('--seeds', '5,7', '--set', 'database.lossy.loss=30');
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(cwd)).not.toContain('store');
    const { again } = combinations[0].notable[0];
    const seed = again.split(' ').at(-1);
    expect(planRun(again.split(' ').slice(1), { cwd }).status).toBe(0);
    const history = readFileSync(join(cwd, 'store', 'latest', 'history.jsonl'));
    const at = combinations[0].seeds.indexOf(Number(seed));
    expect(createHash('sha256').update(history).digest('hex')).toBe(combinations[0].history_sha256[at]);
    const results = JSON.parse(readFileSync(join(cwd, 'store', 'latest', 'results.json'), 'utf8'));
    expect(combinations[0].distributions['set.lost'].values[at]).toBe(results.checkers.set.lost);
  });

  it('prints nothing but the product to stdout, whatever modules print', () => {
    const { stdout, stderr } = sweep('--seeds', '1..2');
    expect(stdout).not.toContain('a module prints');
    expect(stderr).toContain('a module prints');
  });

  it('exits with 1 where a verdict was not expected, with 2 where there was none', () => {
    const unexpected = sweep('--seeds', '1..2', '--set', 'expect=valid');
    expect(unexpected.status).toBe(1);
    expect(unexpected.stdout).toMatch(/seed 1: the first failing: invalid, but valid was expected \(set: \d+ ack/);
    const unknown = sweep('--seeds', '1..2', '--set', 'database.lossy.loss=0', '--set', 'require.during=9999');
    expect(unknown.status).toBe(2);
    expect(unknown.stdout).toMatch(/seed 1: the first failing: unknown, but invalid was expected \(only /);
  });

  it('goes on when nobody reads', async () => {
    const args = ['sweep', 'lossy.yml', '--allow-modules', '--seeds', '1..2'];
    expect((await planRunHead(args, { cwd })).status).toBe(0);
  });
});

describe('a table', () => {
  it('has a row for each combination, and no verdict is a wrong one', () => {
    const vary = ['--vary', 'database.lossy.loss=0,100', '--vary', 'database.lossy.tags=[a, b],[]'];
    const { status, stdout } = sweep('--seeds', '1..3', ...vary);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^lossy: 12 runs, seeds 1\.\.3 for each of 4 combinations /);
    expect(stdout).toMatch(/^loss {2}tags +valid {2}invalid {2}acked +lost +recovered +before +during +after$/m);
    expect(stdout).toMatch(/^0 {5}\[a, b\] +3 +0 {2}\d\d\.\d% +0% /m);
    expect(stdout).toMatch(/^100 {3}\[\] +0 +3 {2}\d\d\.\d% +(8|9|10|11|12)\.\d% /m);
    expect(stdout).toMatch(
      / --set database\.lossy\.loss=100 --set 'database\.lossy\.tags=\[a, b\]' --env sim --seed \d/,
    );
  });

  it('exits with 2 where a run came to no verdict', () => {
    const vary = ['--vary', 'require.during=1,9999', '--set', 'database.lossy.loss=0'];
    expect(sweep('--seeds', '1..2', ...vary).status).toBe(2);
  });

  it('is not begun where one of its combinations is refused: all problems are shown', () => {
    const { status, stdout, stderr } = sweep('--vary', 'database.lossy.loss=0,many,2000', '--seeds', '1..3');
    expect([status, stdout]).toEqual([65, '']);
    expect(stderr).toContain('(in --set database.lossy.loss=many)');
    expect(stderr).toContain('(in --set database.lossy.loss=2000)');
    expect(stderr).toMatch(/\nrefused: lossy\.yml; nothing was started\n$/);
  });
});

describe('a run that goes wrong', () => {
  it('is told with its seed, and the others are not lost', () => {
    const chances = ['exit', 'hang', 'throws'].flatMap((way) => ['--set', `database.lossy.${way}=200`]);
    const { status, stdout } = sweep('--seeds', '1..16', ...chances);
    expect(status).toBe(70);
    expect(stdout).toMatch(/seed [\d,.]+: the run's thread ended with exit code 3: a bug of plan-run, or of a module/);
    expect(stdout).toMatch(/seed [\d,.]+: opening the clients took more than 300 s/);
    expect(stdout).toMatch(/seed [\d,.]+: the run's thread died: .*thrown in a module/);
    expect(stdout).toMatch(/^invalid +[1-9]/m);
  });

  it('is not hung for, though nothing keeps the thread from waiting', () => {
    const wait = LOSSY.replace('./lossy-db.mjs', './wait.mjs').replace('lossy: { loss: 20, doubt: 10 }', 'waiting:');
    folder.write('wait.yml', wait);
    folder.write(
      'wait.mjs',
      `import { lossy } from './lossy-db.mjs';
export const waiting = { ...lossy, name: 'waiting', model: () => new Promise(() => {}) };\n`,
    );
    const { status, stdout } = planRun(['sweep', 'wait.yml', '--allow-modules', '--seeds', '1..3'], { cwd });
    expect(status).toBe(70);
    expect(stdout).toContain('seed 1..3: what the run waited for never came: a bug of plan-run, or of a module');
  });

  it('is told where only its own seed is refused', () => {
    const mix = 'mix: [{ noop: {} }, { partition: [[n1], [n2, n3]] }]';
    const drawn = LOSSY.replace(
      / {2}- \{ at.*\n/,
      `  - { at: 1s, for: 4s, ${mix} }\n  - { at: 2s, for: 1s, ${mix} }\n`,
    );
    folder.write('drawn.yml', drawn);
    const { status, stdout } = planRun(['sweep', 'drawn.yml', '--allow-modules', '--seeds', '1..12'], { cwd });
    expect([status, stdout]).toEqual([65, expect.stringMatching(/seed [\d,.]+: drawn\.yml:\d+:\d+: .*\[[\w-]+\]/)]);
  });
});

describe('an interruption', () => {
  it('prints what is there, with how much that is, and leaves nothing', async () => {
    const args = [PROGRAM, 'sweep', 'lossy.yml', '--allow-modules', '--seeds', '1..50000'];
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      if (!child.killed && text.includes('a module prints')) child.kill('SIGINT');
    });
    const status = await new Promise((ended) => child.once('close', ended));
    expect(status).toBe(130);
    expect(stdout).toMatch(/^lossy: interrupted after \d+ of 50000 runs, seeds 1\.\.50000 /);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('what cannot be swept', () => {
  it.each([
    [['--seeds', '9..1'], 'The range 9..1 runs backwards: write 1..9. It must be a seed, a range, or several of them'],
    [['--seed', '4'], 'A sweep takes --seeds, such as --seeds 4; one seed is run by plan-run PLAN --seed.'],
    [['--jobs', '0'], 'It must be a whole number from 1 to 1024.'],
    [['--vary', 'a=[1,2'], 'A quote or a bracket in "a=[1,2" is not closed. It must be such as database.redis.wait='],
    [['--vary', 'seed=1,2'], '--vary cannot vary the seed\n  help: that is what --seeds does: --seeds 1..100'],
    [['--vary', 'a.b=1', '--vary', 'a.b=2'], '--vary a.b is there twice\n  help: write all its values behind one'],
    [
      ['--env', 'sim', '--vary', 'environment=sim'],
      '--env overrides what --vary varies\n  help: leave out one of them',
    ],
    [['--seeds', '1..60000', '--vary', 'settle=1s,2s'], 'That is 120000 runs\n  help: at most 100000 at once'],
  ])('%j is a usage error', (args, words) => {
    const { status, stdout, stderr } = sweep(...args);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain(words);
  });

  it('is told: several plans, no plan, a real environment', () => {
    const of = (...args: string[]) => {
      const { status, stdout, stderr } = planRun(['sweep', ...args], { cwd });
      return [status, stdout, stderr];
    };
    const several = expect.stringContaining('error: *.yaml names 3 plans; sweep takes one');
    expect(of('*.yaml')).toEqual([64, '', several]);
    const missing = expect.stringMatching(/no such file[\s\S]*\nrefused: none\.yaml; nothing was started\n$/);
    expect(of('none.yaml')).toEqual([65, '', missing]);
    const real = expect.stringContaining(
      'error: Cannot sweep in the environment "lab": it is not a simulation\n  help: sweep in one that is: --env sim\n',
    );
    expect(of('good.yaml', '--env', 'lab')).toEqual([65, '', real]);
  });
});
