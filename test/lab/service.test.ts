/** The example service, run as a user runs it: its bug is found, and its corrected twin passes. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latest, resultsOf, run } from './cli.ts';

describe.each([1, 2, 3])('examples/service, time %i', () => {
  it('finds the bug, and no bug in the corrected one', async () => {
    const [bug, corrected] = await Promise.all([
      run(['examples/service/plan.yaml']),
      run(['examples/service/corrected.yaml']),
    ]);
    expect(bug.code, bug.stdout + bug.stderr).toBe(0);
    const { valid, checkers, faults } = resultsOf(bug.store);
    expect(valid).toBe(false);
    const { acknowledged, lost_elements, ...set } = checkers.set as Record<string, unknown>;
    expect(set).toMatchObject({ attempted: 800, unexpected: 0, duplicated: 0, failed_but_present: 0 });
    expect(acknowledged).toBeGreaterThan(400);
    expect(set.lost).toBeGreaterThan(3);
    // Lost is what clients at home on n3 have added: 2 and 5 modulo 6.
    for (const element of String(lost_elements).match(/\d+/g) ?? []) expect(Number(element) % 3).toBe(2);
    expect(faults).toMatchObject([
      { fault: 'f1', presence: 'installed', presence_after: 'not' },
      { fault: 'f2', presence: 'installed', presence_after: 'not' },
    ]);
    const log = readFileSync(join(latest(bug.store), 'nodes', 'n2', 'service.log'), 'utf8');
    expect(log.match(/serves \d+ elements; 2 are a majority/g)).toHaveLength(2);

    expect(corrected.code, corrected.stdout + corrected.stderr).toBe(0);
    expect(resultsOf(corrected.store)).toMatchObject({ valid: true, checkers: { set: { valid: true, lost: 0 } } });
  });
});

describe('a plan of a service', () => {
  const plan = readFileSync('examples/service/corrected.yaml', 'utf8');
  const store = resolve('examples/service/store.mjs');
  const none = ['--set', 'faults=[]', '--set', 'workload.set.writes=20', '--set', 'workload.rate=max'];

  /** The plan with something in it replaced, in a folder of its own. */
  function planWith(from: string | RegExp, to: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
    const text = plan.replace('store.mjs: store.mjs', `store.mjs: ${store}`).replace(from, to);
    expect(text).not.toBe(plan);
    writeFileSync(join(folder, 'plan.yaml'), text);
    return join(folder, 'plan.yaml');
  }

  it('that wants another version is told what is installed', async () => {
    const { code, stderr } = await run([
      planWith('ready: {', 'version: { command: [node, --version], expect: "9.8" }\n    ready: {'),
      ...none,
    ]);
    expect(code).toBe(69);
    expect(stderr).toMatch(/Cannot run node 9\.8 on n\d: \d+\.\d+\.\d+ is installed/);
    expect(stderr).toContain('change database.service.version');
  });

  it('that starts it wrongly is told how its log ends', async () => {
    const {
      code,
      stderr,
      store: kept,
    } = await run([
      planWith('--port', '--prot'),
      ...none,
      ...['--set', 'ready=2s', '--set', 'nodes=1', '--set', 'workload.clients=1'],
    ]);
    expect(code).toBe(69);
    expect(stderr).toContain('Not ready after 2 s: n1: the service has ended; its log ends with: ');
    expect(readFileSync(join(latest(kept), 'nodes', 'n1', 'service.log'), 'utf8')).toContain("Unknown option '--prot'");
  });

  it('hands a secret to its service, and nothing that is kept or printed has it', async () => {
    const canary = 'c4n4ry-51f0';
    const file = planWith('ready: {', 'env: { TOKEN: "${env:SERVICE_TOKEN}" }\n    ready: {');
    const env = { ...process.env, SERVICE_TOKEN: canary };
    const { code, stdout, stderr, store: kept } = await run([file, ...none], { env });
    expect(code, stdout + stderr).toBe(0);
    expect(stdout + stderr).not.toContain(canary);
    const { spawnSync } = await import('node:child_process');
    expect(spawnSync('grep', ['-rlF', canary, kept], { encoding: 'utf8' }).stdout).toBe('');
  });
});
