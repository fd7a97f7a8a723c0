/** The same seed gives the same history, to the byte: on every machine, in every number of jobs, traced or not. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { simulatedPlans } from '../simulated-plans.ts';
import { runIn, sweep } from './sweep.ts';

const GOLDEN = 'test/fixtures/seeds/histories.json';
const plans = simulatedPlans();

/** What the plan's own seed gives: `UPDATE=1` writes it anew. */
describe('the history of each plan', () => {
  const store = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
  const hashes = Object.fromEntries(plans.map((plan) => [plan, hashOf(store, plan)]));
  rmSync(store, { recursive: true });
  if (process.env.UPDATE === '1') writeFileSync(GOLDEN, `${JSON.stringify(hashes, null, 2)}\n`);

  it.each(plans)('%s is what it was', (plan) => {
    expect(hashes[plan]).toBe((JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<string, string>)[plan]);
  });

  it.each(['redis-sentinel', 'mongo-majority', 'mongo-majority-current', 'postgres-retry', 'riak-pr-pw', 'riak-crdt'])(
    '%s is that of a sweep, in one job and in several',
    (plan) => {
      const alone = sweep(plan, '--seeds', '1..4', '--jobs', '1')[0]?.history_sha256;
      expect(sweep(plan, '--seeds', '1..4', '--jobs', '4')[0]?.history_sha256).toEqual(alone);
      expect(alone?.[0]).toBe(hashes[plan]);
      expect(new Set(alone).size, 'each seed has its own').toBe(4);
    },
  );

  it.each(['mongo-majority', 'redis-sentinel', 'postgres-verify', 'riak-lww-mutex', 'riak-crdt'])(
    '%s is the same where it is traced',
    (plan) => {
      const traced = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
      expect(hashOf(traced, plan, '--trace')).toBe(hashes[plan]);
      rmSync(traced, { recursive: true });
    },
  );
});

function hashOf(store: string, plan: string, ...argv: readonly string[]): string {
  runIn(store, plan, ...argv);
  const history = readFileSync(join(store, plan, 'latest', 'history.jsonl'));
  return createHash('sha256').update(history).digest('hex');
}
