/** A plan that is changed must show it: more of what hurts loses more, more of what helps loses less. Over many seeds. */
import { describe, expect, it } from 'vitest';
import { type Swept, sweep, valuesOf } from './sweep.ts';

const SEEDS = ['--seeds', '1..8'];
const lostOf = (swept: Swept) => valuesOf(swept, 'set.lost');
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const PLANS = [
  ...['redis-sentinel', 'redis-sentinel-wait', 'redis-single', 'mongo-unsafe', 'mongo-safe', 'mongo-fsync-safe'],
  ...['mongo-journal-safe', 'mongo-replicas-safe', 'mongo-majority', 'mongo-majority-current'],
  ...['postgres-partition', 'postgres-retry', 'postgres-verify'],
  ...['riak-lww-mutex', 'riak-lww-all', 'riak-pr-pw', 'riak-crdt'],
];

describe('without the fault', () => {
  it.each(PLANS)('%s loses nothing', (plan) => {
    const [swept] = sweep(plan, '--seeds', '1..3', '--set', 'faults=[]');
    expect(lostOf(swept!)).toEqual(Array(3).fill(0));
    if (plan.startsWith('postgres')) expect(valuesOf(swept!, 'set.unknown')).toEqual(Array(3).fill(0));
    expect(swept!.valid).toEqual(Array(3).fill(true));
  });
});

/** Sweeps a setting: on average, each value must lose more than the one before it. */
function losesMoreAndMore(
  plan: string,
  path: string,
  values: readonly string[],
  changed: readonly string[] = [],
): void {
  const means = sweep(plan, ...SEEDS, ...changed, '--vary', `${path}=${values.join(',')}`).map((swept) =>
    mean(lostOf(swept)),
  );
  expect(means).toEqual([...means].sort((a, b) => a - b));
  expect(new Set(means).size, means.join(', ')).toBe(values.length);
}

describe('a longer partition loses more', () => {
  it('of Redis', () => losesMoreAndMore('redis-sentinel', 'faults[0].for', ['1s', '5s', '10s', '15s']));
  it('of MongoDB 2.4', () => losesMoreAndMore('mongo-safe', 'faults[0].for', ['5s', '20s', '30s', '45s']));
});

describe('a shorter failover loses less', () => {
  it('of Redis', () => losesMoreAndMore('redis-sentinel', 'database.redis.down_after', ['1s', '3s', '6s']));
  it('of MongoDB 2.4', () => losesMoreAndMore('mongo-safe', 'database.mongodb.heartbeat_timeout', ['2s', '5s', '10s']));
  it('of MongoDB 7.0 with w: 1', () =>
    losesMoreAndMore(
      'mongo-safe',
      'database.mongodb.election_timeout',
      ['2s', '5s', '10s'],
      ['--set', 'database.mongodb.version=7.0'],
    ));
});

describe('min-replicas-to-write', () => {
  it('bounds what Redis loses: a primary without its replicas soon refuses', () => {
    const at = ['--set', 'database.redis.min_replicas_max_lag=2'];
    const [without, bounded] = sweep(
      'redis-sentinel',
      ...SEEDS,
      ...at,
      '--vary',
      'database.redis.min_replicas_to_write=0,2',
    );
    // Two seconds of lag, one until the next look at it, at 100 writes a second; and what the replicas had acknowledged late.
    expect(Math.max(...lostOf(bounded!))).toBeLessThanOrEqual(400);
    expect(Math.min(...lostOf(without!))).toBeGreaterThan(Math.max(...lostOf(bounded!)));
  });
});
