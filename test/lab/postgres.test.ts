/** PostgreSQL's plans, run as a user runs them, against real servers. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latest, PROGRAM, resultsOf, run } from './cli.ts';

describe('plans/postgres-partition.yaml', () => {
  it('has what the article has: about 950 of 1000 acknowledged, none lost, some found that nobody was told of', async () => {
    const { code, stdout, store } = await run(['plans/postgres-partition.yaml']);
    expect(code, stdout).toBe(0);
    const { checkers, faults } = resultsOf(store);
    expect(checkers.set).toMatchObject({ attempted: 1000, lost: 0, unexpected: 0 });
    expect(checkers.set?.acknowledged).toBeGreaterThan(900);
    expect(checkers.set?.recovered).toBeGreaterThanOrEqual(1);
    expect(faults).toMatchObject([{ presence: 'installed', presence_after: 'not', ok_during: 0 }]);
    expect(readFileSync(join(latest(store), 'nodes', 'n1', 'postgres.log'), 'utf8')).toContain('ready to accept');
  });
});

describe.each(['retry', 'verify'])('plans/postgres-%s.yaml', (how) => {
  it('leaves nothing unknown, and loses nothing', async () => {
    const { code, stdout, store } = await run([`plans/postgres-${how}.yaml`]);
    expect(code, stdout).toBe(0);
    expect(resultsOf(store).checkers.set).toMatchObject({ attempted: 1000, lost: 0, unknown: 0, unexpected: 0 });
  });
});

describe('plans/postgres-failover.yaml', () => {
  it('loses what the old primary has acknowledged on its own', async () => {
    const { code, stdout, store } = await run(['plans/postgres-failover.yaml']);
    expect(code, stdout).toBe(0);
    const { checkers, faults, valid } = resultsOf(store);
    expect(valid).toBe(false);
    expect(checkers.set?.lost).toBeGreaterThan(50);
    expect(faults).toMatchObject([
      { nemesis: 'partition', presence: 'installed', presence_after: 'not' },
      { nemesis: 'promote', presence: 'installed', presence_after: 'not' },
    ]);
    expect(readFileSync(join(latest(store), 'nodes', 'n1', 'postgres.log'), 'utf8')).toContain('started streaming WAL');
  });
});

describe('plans/postgres-unique-ids.yaml', () => {
  it('gives ids twice, by two primaries', async () => {
    const { code, stdout, store } = await run(['plans/postgres-unique-ids.yaml']);
    expect(code, stdout).toBe(0);
    const { checkers, faults } = resultsOf(store);
    expect(checkers['unique-ids']?.valid).toBe(false);
    expect(faults.map(({ presence, presence_after }) => [presence, presence_after])).toEqual(
      Array(2).fill(['installed', 'not']),
    );
  });
});

// Root's user namespace has one user only: PostgreSQL must run as another one there.
describe.skipIf(process.getuid?.() !== 0)('an ordinary user', () => {
  it('runs PostgreSQL in the lab, too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plan-run-nobody-'));
    chmodSync(folder, 0o777);
    const plan = readFileSync('plans/postgres-partition.yaml');
    cpSync('plans/postgres-partition.yaml', join(folder, 'plan.yaml'));
    expect(plan.length).toBeGreaterThan(0);
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath, PROGRAM];
    const set = ['--set', 'faults=[]', '--set', 'workload.set.writes=50', '--set', 'settle=0s'];
    const argv = [...nobody, 'plan.yaml', '--env', 'lab', '--store', join(folder, 'store'), ...set];
    const ended = spawnSync('setpriv', argv, { cwd: folder, env: { ...process.env, HOME: folder }, encoding: 'utf8' });
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stdout).toContain('All 50 writes succeeded. :-D');
  });
});
