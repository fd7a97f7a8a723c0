import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { PROGRAM, planRun } from './program.ts';
import { Repository } from './repository.ts';

vi.setConfig({ testTimeout: 120_000 });

const one = new Repository();
afterAll(() => one.remove());

/** Safe: a majority has each write. With write_concern 1 a primary that is cut off acknowledges what it will roll back. */
const SAFE = `plan: 1
nodes: 3
database:
  mongodb: { write_concern: majority }
workload:
  rate: 50/s
  timeout: 1s
  set: { writes: 1000 }
faults:
  - { at: 2s, for: 15s, partition: [[n1], [n2, n3]] }
settle: 5s
require: { during: 0 }
expect: valid
`;
const UNSAFE = SAFE.replace('majority', '1')
  .replace('set:', 'set:')
  .replace('[[n1], [n2, n3]]', '[[n1, clients], [n2, n3]]');

one.commit({ 'plan.yaml': SAFE, 'other.yaml': SAFE, 'words.yaml': SAFE });
one.git('checkout', '-q', '-b', 'topic');

const temporary = one.beside('tmp');
mkdirSync(temporary);
const env = { TMPDIR: temporary };
const rehearse = (...args: string[]) => one.review(['--rehearse', ...args], { env });
const rehearsed = (...args: string[]) => {
  const { stdout, stderr } = rehearse(...args, '--format', 'json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout).plans as ReturnType<Repository['plans']>;
};

describe('a rehearsal', () => {
  it('shows the verdicts before and after, under the same seeds', () => {
    one.write('plan.yaml', UNSAFE);
    const { status, stdout } = rehearse('--seeds', '1..6', 'plan.yaml');
    expect(stdout).toMatch(/^ {2}rehearsed \(a simulation of MongoDB \S+\):$/m);
    expect(stdout).toMatch(/^ {6}0 of 6 seeds lost writes before; 6 of 6 after, median \d+(\.\d+)?%\.$/m);
    expect(stdout).toMatch(/^ {6}Valid in all 6 before; invalid in all 6 after\.$/m);
    expect(stdout).toContain(
      'The plan expects valid, but in the simulator all 6 seeds came out invalid (seed 1, say).',
    );
    expect(status).toBe(1);
    const annotated = rehearse('--seeds', '1..2', '--format', 'github', 'plan.yaml').stdout;
    expect(annotated).toMatch(
      /^::error file=plan\.yaml,line=13,endLine=13,col=1,endColumn=2,title=rehearsal::The plan expects valid/m,
    );
  });

  it('is what a sweep of either side is', () => {
    one.write('plan.yaml', UNSAFE);
    const [plan] = JSON.parse(rehearse('--seeds', '1..3', '--format', 'json', 'plan.yaml').stdout).plans;
    const swept = (file: string) => {
      const { stdout } = planRun(['sweep', file, '--env', 'sim', '--seeds', '1..3', '--json'], { cwd: one.path });
      const [{ valid, distributions }] = JSON.parse(stdout).combinations;
      return { valid, lost: distributions['set.lost'].values };
    };
    expect(plan.rehearsal.after).toMatchObject(swept('plan.yaml'));
    expect(plan.rehearsal.before).toMatchObject(swept('other.yaml'));
  });

  it('is of plans whose meaning changes, wherever they run', () => {
    one.write('plan.yaml', `environment: lab\n${UNSAFE}`);
    one.write('words.yaml', `# a word\n${SAFE}`);
    one.write('new.yaml', SAFE.replace('mongodb: { write_concern: majority }', 'redis:'));
    one.write('refused.yaml', SAFE.replace('50/s', '50'));
    one.write(
      'etcd.yaml',
      SAFE.replace('mongodb: { write_concern: majority }', 'etcd:').replace('nodes: 3', 'environment: lab'),
    );
    const told = Object.fromEntries(rehearsed('--seeds', '1').map(({ file, rehearsal }) => [file, rehearsal]));
    expect(told['words.yaml']).toBeNull();
    expect(told['refused.yaml']).toBeNull();
    expect(told['plan.yaml']).toMatchObject({ before: { runs: 1 }, after: { runs: 1, impossible: null } });
    expect(told['new.yaml']).toMatchObject({ before: null });
    expect(told['etcd.yaml']?.after).toMatchObject({
      runs: 0,
      impossible: 'etcd cannot be simulated: it has no model',
    });
    for (const name of ['words', 'new', 'refused', 'etcd']) one.git('clean', '-fq', `${name}.yaml`);
    one.git('checkout', '-q', 'words.yaml');
  });

  it('ends when its time is over, and all plans have about as many seeds', () => {
    one.write('plan.yaml', UNSAFE);
    one.write('other.yaml', UNSAFE.replace('1000', '2000'));
    const begin = performance.now();
    const plans = rehearsed('--seeds', '1..5000', '--time', '4s', 'plan.yaml', 'other.yaml');
    expect(performance.now() - begin).toBeLessThan(30_000);
    const counts = plans.flatMap(({ rehearsal }) => [rehearsal?.before?.runs ?? -1, rehearsal?.after?.runs ?? -1]);
    expect(counts).toHaveLength(4);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(4);
    expect(Math.max(...counts)).toBeLessThan(5000);
    expect(rehearse('--seeds', '1..5000', '--time', '1s', 'plan.yaml').stdout).toMatch(
      /The time ran out: \d+ and \d+ of 5000 seeds were run\./,
    );
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('ends with Ctrl-C, and tells what was done until then', async () => {
    one.write('plan.yaml', UNSAFE);
    const words = ['review', '--rehearse', '--seeds', '1..5000', '--format', 'json', 'plan.yaml'];
    const child = spawn(process.execPath, [PROGRAM, ...words], { cwd: one.path, env: { ...process.env, ...env } });
    let stdout = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.once('data', () => child.kill('SIGINT'));
    const status = await new Promise((done) => child.once('close', done));
    expect(status).toBe(130);
    const [plan] = JSON.parse(stdout).plans;
    expect(plan.rehearsal.after.runs).toBeGreaterThan(0);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
