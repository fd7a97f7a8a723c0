/** The plans of the repository, run as a user runs them, against real servers. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { historyFromFile } from '../../src/history/index.ts';
import { latest, resultsOf, run } from './cli.ts';

describe('plans/redis-single.yaml', () => {
  it('loses nothing', async () => {
    const { code, stdout, store } = await run(['plans/redis-single.yaml']);
    expect(stdout).toContain('All 2000 writes succeeded. :-D');
    expect(code).toBe(0);
    expect(resultsOf(store)).toMatchObject({
      plan: 'redis-single',
      environment: 'lab',
      valid: true,
      as_expected: true,
      checkers: { set: { valid: true, attempted: 2000, acknowledged: 2000, survivors: 2000, lost: 0 } },
    });
  });
});

describe('plans/redis-sentinel.yaml', () => {
  it('loses at least 30% of the acknowledged writes, as the article says it would', async () => {
    const { code, stdout, store } = await run(['plans/redis-sentinel.yaml']);
    const { checkers, faults, valid, as_expected } = resultsOf(store);
    expect({ code, valid, as_expected }).toEqual({ code: 0, valid: false, as_expected: true });
    expect(checkers.set?.loss_rate).toBeGreaterThanOrEqual(0.3);
    expect(checkers.set?.unexpected).toBe(0);
    expect(stdout).toContain('acknowledged writes lost! (╯°□°)╯︵ ┻━┻');
    expect(faults).toMatchObject([{ fault: 'f1', presence: 'installed', presence_after: 'not' }]);

    // The last ones that were lost are those of the clients in the minority: 0 and 1 modulo 5.
    const lost = String(checkers.set?.lost_elements);
    const last = Number(lost.split(/[ .]+/).at(-1));
    expect([0, 1]).toContain(last % 5);

    const folder = latest(store);
    const ops = [...historyFromFile(join(folder, 'history.jsonl')).ops()];
    const begun = ops.filter((op) => op.f === 'start-partition').map((op) => op.value as { nodes?: object });
    expect(Object.keys(begun[1]?.nodes ?? {}).sort()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
    for (const node of ['n1', 'n2', 'n3', 'n4', 'n5']) {
      expect(readFileSync(join(folder, 'nodes', node, 'sentinel.log'), 'utf8')).toContain('+monitor master');
    }
  });
});

describe('plans/redis-sentinel-wait.yaml', () => {
  it('saves the acknowledged writes by not acknowledging the others', async () => {
    const { code, store } = await run(['plans/redis-sentinel-wait.yaml']);
    const { checkers, operations } = resultsOf(store);
    expect(operations.info + operations.fail).toBeGreaterThan(100);
    expect(checkers.set?.lost).toBe(0);
    expect(code).toBe(0);
  });
});

describe('plans/redis-registers-stale.yaml', () => {
  it('reads from nodes what was overwritten, on servers as in the simulator', async () => {
    // Too short a cut for a failover: the nodes that are cut off answer with what they have.
    const cut = 'faults=[{at: 1s, for: 2s, partition: [[n1, n2], [n3, n4, n5]]}]';
    const argv = ['--set', 'workload.register.ops=400', '--set', 'database.redis.down_after=5s', '--set', cut];
    const { code, stdout, stderr, store } = await run([
      'plans/redis-registers-stale.yaml',
      ...argv,
      '--set',
      'settle=1s',
    ]);
    expect(code, stdout + stderr).toBe(0);
    const { checkers, operations } = resultsOf(store);
    expect(checkers.linearizable?.valid).toBe(false);
    expect(operations).toMatchObject({ fail: 0, info: 0 });
  });
});

describe('examples/outside', () => {
  it('is refused without --allow-modules, and finds what its toy database forgets with it', async () => {
    const refused = await run(['examples/outside/plan.yaml']);
    expect(refused.code).toBe(65);
    expect(refused.stderr).toContain('--allow-modules');

    const { code, store, stdout, stderr } = await run(['examples/outside/plan.yaml', '--allow-modules']);
    expect(code, stdout + stderr).toBe(0);
    const { checkers, faults } = resultsOf(store);
    expect(checkers.set?.lost).toBeGreaterThan(50);
    expect(checkers['few-unknowns']?.valid).toBe(true);
    expect(faults).toMatchObject([{ nemesis: 'restart', presence: 'installed', presence_after: 'not' }]);
  });
});

describe('a module that leaves a timer running', () => {
  it('does not keep the run from its end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
    writeFileSync(
      join(folder, 'restless.mjs'),
      `setInterval(() => {}, 1000);
      const settings = { type: 'object', properties: {}, additionalProperties: false };
      export const restless = { kind: 'checker', name: 'restless', summary: 'Leaves a timer.', settings, judges: 'any',
        check: () => ({ valid: true }), text: () => [] };`,
    );
    const plan = readFileSync('plans/redis-single.yaml', 'utf8')
      .replace(/^environment: .*$/m, 'modules: [./restless.mjs]')
      .replace('checker:', 'checker:\n  restless: {}')
      .replace('writes: 2000', 'writes: 50');
    writeFileSync(join(folder, 'plan.yaml'), plan);
    const { code, stdout, stderr } = await run([join(folder, 'plan.yaml'), '--allow-modules']);
    expect(code, stdout + stderr).toBe(0);
  });
});

describe('--json', () => {
  it('prints results.json and nothing else to stdout', async () => {
    const { stdout, stderr, store } = await run([
      'plans/redis-single.yaml',
      '--set',
      'workload.set.writes=50',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual(resultsOf(store));
    expect(stderr).toContain('All 50 writes succeeded');
  });
});

describe('several plans', () => {
  it('run one after another, and the worst code is the answer', async () => {
    const quick = ['--set', 'workload.set.writes=50'];
    const one = await run(['plans/redis-single.yaml', 'plans/redis-single.yaml', ...quick, '--set', 'expect=invalid']);
    expect(one.code).toBe(1);
    const two = await run(['plans/redis-single.yaml', ...quick, '--set', 'require={before: 1000}']);
    expect(two.code).toBe(2);
    expect(two.stdout).toContain('require.before: 1000');
  });
});

describe('a secret', () => {
  it('reaches the servers, and nothing that is kept or printed', async () => {
    // A quote in it, which JSON writes with a backslash before it.
    const [canary, plain] = ['c4n4ry"7f3a', 'c4n4ry'];
    const { code, stdout, stderr, store } = await run(
      [
        'plans/redis-single.yaml',
        '--set',
        'database.redis.password=${env:REDIS_PASSWORD}',
        '--set',
        'workload.set.writes=50',
      ],
      { env: { ...process.env, REDIS_PASSWORD: canary } },
    );
    expect(code, stderr).toBe(0);
    const { execFileSync } = await import('node:child_process');
    const files = execFileSync('grep', ['-rlF', 'REDIS_PASSWORD', store], { encoding: 'utf8' });
    expect(files).toContain('timeline.json');
    expect(() => execFileSync('grep', ['-rlF', plain, store])).toThrow();
    expect(stdout + stderr).not.toContain(plain);
    const changes = "--set 'database.redis.password=${env:REDIS_PASSWORD}' --set workload.set.writes=50";
    expect(stdout).toContain(`again: plan-run plans/redis-single.yaml ${changes} --env lab --seed 1\n`);
  });

  it('that is not set is refused before anything is started', async () => {
    const argv = ['plans/redis-single.yaml', '--set', 'database.redis.password=${env:NOT_SET_ANYWHERE}'];
    const { code, stderr } = await run(argv);
    expect(code).toBe(65);
    expect(stderr).toContain('NOT_SET_ANYWHERE is not set');
    expect(stderr).not.toContain('provision');
  });
});
