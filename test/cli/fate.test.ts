/** `plan-run fate`, as a user asks it, of runs in a store. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Results } from '../../src/executor/index.ts';
import type { Fate } from '../../src/report/index.ts';
import { planFolder } from './folder.ts';
import { planRun } from './program.ts';

const MAJORITY = resolve('plans/mongo-majority.yaml');
const folder = planFolder();
afterAll(() => folder.remove());

const run = (store: string, ...argv: readonly string[]) =>
  planRun([...argv, '--seed', '1', '--store', store], { cwd: folder.path });
const ask = (...argv: readonly string[]) => planRun(['fate', ...argv], { cwd: folder.path });

/** A copy of the plain run, in which a file has been changed. */
function changed(name: string, file: string, change: (text: string) => string): string {
  const path = join(folder.path, name);
  cpSync(join(folder.path, 'plain', 'latest/'), path, { recursive: true, dereference: true });
  writeFileSync(join(path, file), change(readFileSync(join(path, file), 'utf8')));
  return path;
}

const plain = run('plain', MAJORITY);
const results = JSON.parse(readFileSync(join(folder.path, 'plain/latest/results.json'), 'utf8')) as Results;
const { lost_elements, recovered_elements } = results.checkers.set as unknown as Record<string, string>;
const [lost, recovered] = [lost_elements, recovered_elements].map((text) => /^\d+/.exec(text!)![0]) as [string, string];

describe('fate', () => {
  it('is what a report points to, where there is something to explain', () => {
    expect(plain.stdout).toMatch(/\nwhy: plan-run fate plain\/mongo-majority\/\S+\nagain: /);
    const well = run('well', 'good.yaml', '--set', 'faults=[]', '--set', 'workload.set.writes=20');
    expect(well.stdout).not.toContain('why:');
  });

  it('tells of an element that is lost, and of one that turned up', () => {
    const { status, stdout, stderr } = ask('plain', lost, recovered);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(`^${lost}: acknowledged, and lost\\.\n {2}Client \\d \\(process \\d+, home n\\d\\) adds it at`),
    );
    expect(stdout).toMatch(/What decided: rollback on n\d at \d+\.\d{3} s, \d+\.\d{3} s after f1 ended\./);
    expect(stdout).toContain(`\n\n${recovered}: never acknowledged, yet in the final read.\n`);
  });

  it('says the same of a run that was traced', () => {
    run('traced', MAJORITY, '--trace');
    expect(ask('traced', lost, recovered).stdout).toBe(ask('plain', lost, recovered).stdout);
  });

  it('tells of what the checkers would know, where nobody names an element', () => {
    const { stdout } = ask('plain/latest');
    expect(stdout).toContain(`${lost}: `);
    expect(stdout).toContain(`${recovered}: `);
    expect(ask('well').stdout).toBe('No element is lost, and none turned up. Name one: plan-run fate STORE 596\n');
  });

  it('gives all that is known as JSON', () => {
    const [known, unheard] = JSON.parse(ask('plain', lost, '100000', '--json').stdout) as [Fate, Fate];
    expect(known).toMatchObject({ element: Number(lost), end: 'lost', cause: { what: 'rollback', change: 'dropped' } });
    expect(known.events.map(({ what }) => what)).toContain('sign-off');
    expect(unheard).toMatchObject({ element: 100_000, end: 'never-added', tries: [], holdings: [] });
  });

  it('tells what the clients saw, where nobody was simulated', () => {
    const real = changed('real', 'timeline.json', (text) => text.replace('"name": "sim"', '"name": "lab"'));
    const { status, stdout, stderr } = ask(real, lost);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^\d+: acknowledged, and lost\.\n.*\n[\s\S]*The final read, at [\d.]+ s, does not have it\.\n$/,
    );
    expect(stderr).toContain('note: lab is no simulation');
  });

  it('does not say that all is well where nobody has looked', () => {
    run(
      'unjudged',
      MAJORITY,
      '--set',
      'checker={availability: {}}',
      '--set',
      'workload.set.writes=100',
      '--set',
      'faults=[]',
    );
    expect(ask('unjudged').stdout).toMatch(/^What is lost nobody can say: /);
  });

  it('reads a trace of which the last line was cut; a store without results is told', () => {
    run('cut', MAJORITY, '--trace');
    const path = join(folder.path, 'cut-short');
    cpSync(join(folder.path, 'cut', 'latest/'), path, { recursive: true, dereference: true });
    rmSync(join(path, 'results.json'));
    const trace = readFileSync(join(path, 'trace.jsonl'), 'utf8');
    writeFileSync(join(path, 'trace.jsonl'), trace.slice(0, -20));
    const { status, stdout, stderr } = ask(path, lost);
    expect(status).toBe(0);
    expect(stdout).toContain(`${lost}: acknowledged, and lost.`);
    expect(stderr).toContain('note: the run was killed');
    expect(ask(path).status).toBe(64);
  });

  it('makes nothing up: a run that cannot be repeated is told', () => {
    const other = changed('other', 'history.jsonl', (text) => text.replace('"time":5', '"time":6'));
    const { status, stdout, stderr } = ask(other, lost);
    expect({ status, stdout }).toEqual({ status: 69, stdout: '' });
    expect(stderr).toContain('was not traced, and running it again gave another history');
    expect(stderr).toContain('run the plan again with --trace');
  });

  it('loads modules from outside only where it may', () => {
    const lossy = resolve('test/cli/lossy-db.mjs');
    folder.write(
      'lossy.yaml',
      `plan: 1\nmodules: [${lossy}]\ndatabase: { lossy: { loss: 500 } }\nworkload: { rate: 10/s, set: { writes: 20 } }\n`,
    );
    run('lossy', 'lossy.yaml', '--allow-modules');
    const refused = ask('lossy');
    expect(refused.status).toBe(64);
    expect(refused.stderr).toContain('--allow-modules');
    const allowed = ask('lossy', '--allow-modules');
    expect(allowed.status).toBe(0);
    expect(allowed.stdout).toMatch(/acknowledged, and lost/);
  });
});

describe('what it does not understand', () => {
  it.each([
    [['nowhere', '5'], 64, 'nowhere holds no run: there is no history.jsonl in it'],
    [['plain', '5x'], 64, 'It must be a whole number'],
    [[], 64, "missing required argument 'store'"],
  ] as const)('%j', (argv, code, words) => {
    const { status, stderr } = ask(...argv);
    expect(status).toBe(code);
    expect(stderr).toContain(words);
  });

  it('a timeline that is none', () => {
    const { status, stderr } = ask(
      changed('broken', 'timeline.json', () => '{'),
      '5',
    );
    expect(status).toBe(64);
    expect(stderr).toContain('Cannot read');
  });
});
