/** Simulated runs, as a user makes them. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TraceEntry } from '../../src/contract/index.ts';
import type { Results } from '../../src/executor/index.ts';
import { planFolder } from './folder.ts';
import { planRun } from './program.ts';

const MAJORITY = resolve('plans/mongo-majority.yaml');
const folder = planFolder();
afterAll(() => folder.remove());

let runs = 0;
/** Runs in a store of its own. */
function run(...argv: readonly string[]) {
  const store = join(folder.path, `store-${runs++}`);
  const ended = planRun([...argv, '--store', store], { cwd: folder.path });
  const latest = join(store, 'latest');
  const read = (name: string) => readFileSync(join(latest, name), 'utf8');
  return { ...ended, store, latest, read };
}

const traceOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TraceEntry);

describe('a plan that names no environment', () => {
  it('is simulated, and says so, and of what', () => {
    const { status, stdout, read } = run('good.yaml', '--set', 'expect=invalid');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^\ngood: invalid, as expected {2}\(sim: a simulation of Redis 7\.0 with Sentinel, seed 1\)\n/,
    );
    expect(stdout).toContain('again: plan-run good.yaml --set expect=invalid --env sim --seed 1\n');
    const results = JSON.parse(read('results.json')) as Results;
    expect(results).toMatchObject({ environment: 'sim', simulated: 'Redis 7.0 with Sentinel', valid: false });
  });

  it('leaves the nodes’ logs, and no trace that nobody asked for', () => {
    const { latest, read } = run('good.yaml', '--set', 'faults=[]', '--set', 'workload.set.writes=10');
    expect(readdirSync(join(latest, 'nodes'))).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
    expect(read('nodes/n1/redis.log')).toMatch(/^\d+\.\d{6} \S+: .+$/m);
    expect(existsSync(join(latest, 'trace.jsonl'))).toBe(false);
  });
});

describe('--trace', () => {
  const traced = run(MAJORITY, '--trace', '--seed', '1');
  const entries = traceOf(traced.read('trace.jsonl'));

  it('tells in the order of time what the nodes said and did', () => {
    const times = entries.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.every(Number.isInteger)).toBe(true);
    const kinds = new Set(entries.map(({ what }) => what));
    for (const what of ['elected', 'step-down', 'sign-off', 'rollback', 'write', 'replicate'])
      expect(kinds, what).toContain(what);
  });

  it('says why a lost write is gone, and the report quotes it', () => {
    const results = JSON.parse(traced.read('results.json')) as Results;
    const lost = String(results.checkers.set?.lost_elements).split(/[ .]/)[0];
    const at = traced.stdout.indexOf(`what became of ${lost} (trace.jsonl):`);
    expect(at).toBeGreaterThan(0);
    const quoted = traced.stdout.slice(at).split('\n\n')[0] as string;
    expect(quoted).toMatch(new RegExp(`client +process \\d+: add ${lost}\\n`));
    expect(quoted).toMatch(new RegExp(`n1 acknowledges ${lost} though its write concern is not satisfied`));
    expect(quoted).toMatch(/n1 goes back to .* and throws away \d+ operations/);
    expect(readFileSync(join(traced.latest, 'report.txt'), 'utf8')).toContain(quoted);
  });

  it('is for simulations', () => {
    const { status, stderr, store } = run('good.yaml', '--trace', '--env', 'lab');
    expect(status).toBe(64);
    expect(stderr).toContain('--trace tells what simulated nodes do, and good.yaml runs in the lab');
    expect(existsSync(store)).toBe(false);
  });
});

describe('a rollback', () => {
  it('leaves its file on the node', () => {
    const { latest } = run(resolve('plans/mongo-safe.yaml'));
    const files = readdirSync(join(latest, 'nodes/n1')).filter((name) => name.startsWith('rollback-'));
    expect(files).toHaveLength(1);
    const thrown = JSON.parse(readFileSync(join(latest, 'nodes/n1', files[0]!), 'utf8')).elements_thrown_away;
    expect(thrown.length).toBeGreaterThan(1000);
  });
});

describe('a model that breaks its invariant', () => {
  it('stops the run as a bug of ours, with the seed', () => {
    copyFileSync('test/cli/broken-db.mjs', join(folder.path, 'broken-db.mjs'));
    folder.write(
      'broken.yaml',
      'plan: 1\nmodules: [./broken-db.mjs]\ndatabase: { broken: {} }\nworkload: { rate: 10/s, set: { writes: 100 } }\n',
    );
    const { status, stdout, stderr, read } = run('broken.yaml', '--allow-modules', '--seed', '77');
    expect(status).toBe(70);
    expect(stderr).toMatch(/The simulation has gone wrong at (1\.9|2\.0)\d+ s of the run/);
    expect(stderr).toContain('two leaders in one epoch');
    expect(stdout).toContain('again: plan-run broken.yaml --allow-modules --env sim --seed 77');
    expect(read('history.jsonl')).toContain('"f":"add"');
  });
});

describe('a workload without a rate that is over before the faults begin', () => {
  it('has shown nothing: unknown', () => {
    const { status, stdout } = run(resolve('plans/postgres-partition.yaml'), '--set', 'workload.set.writes=10');
    expect(status).toBe(2);
    expect(stdout).toContain('the workload was over before the first fault began');
  });
});

describe('output that is read slowly', () => {
  // A pipe holds 64 KB; the reader begins when the program would be over, had it not to wait for it.
  it('comes whole, however much it is', () => {
    const store = run(MAJORITY, '--seed', '1', '--trace').store;
    const numbers = Array.from({ length: 60 }, (_, at) => at).join(' ');
    const fate = `${process.execPath} ${resolve('dist/plan-run.js')} fate ${store} --json ${numbers}`;
    const { stdout } = spawnSync('sh', ['-c', `${fate} | (sleep 3; cat)`], { encoding: 'utf8', maxBuffer: 1e8 });
    expect(JSON.parse(stdout)).toHaveLength(60);
    expect(stdout.length).toBeGreaterThan(65_536);
  });
});

describe('an interrupted machine', () => {
  it('loses what was not synced where kill means the machine, and nothing where it means the process', () => {
    const journal = [
      '--set',
      'faults=[{at: 3s, for: 5s, kill: n1}]',
      '--set',
      'nodes=1',
      '--set',
      'workload.set.writes=600',
    ];
    const plan = resolve('plans/mongo-safe.yaml');
    const lostBy = (...argv: string[]) => {
      const { read } = run(plan, ...journal, ...argv);
      return (JSON.parse(read('results.json')) as Results).checkers.set?.lost as number;
    };
    const safe = lostBy();
    expect(safe).toBeGreaterThan(0);
    expect(lostBy('--set', 'database.mongodb.write_concern=journal_safe')).toBe(0);
    const machine = ['--set', 'environment.sim.kill=machine'];
    expect(lostBy(...machine)).toBeGreaterThan(0);
    expect(lostBy(...machine, '--set', 'database.mongodb.write_concern=journal_safe')).toBe(0);
  });
});
