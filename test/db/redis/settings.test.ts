import Value from 'typebox/value';
import { expect, test } from 'vitest';
import { problems, type RedisSettings, runsSentinel, settings } from '../../../src/db/redis/settings.ts';

const DEFAULTS = Value.Default(settings, {}) as RedisSettings;

test('what is not optional has a default, and the defaults fit any number of nodes', () => {
  expect(Object.keys(DEFAULTS).sort()).toEqual([...settings.required].sort());
  for (const count of [1, 2, 5]) expect(problems(DEFAULTS, count)).toEqual([]);
});

test('numbers that the nodes cannot satisfy, and durations of nothing', () => {
  const impossible = { ...DEFAULTS, quorum: 4, wait: 3, min_replicas_to_write: 3, wait_timeout: '0s' };
  expect(problems(impossible, 3)).toEqual([
    { path: 'wait_timeout', message: 'wait_timeout must be at least 1ms, and at most 24h' },
    { path: 'quorum', message: 'a quorum of 4 is out of reach of 3 Sentinels' },
    { path: 'min_replicas_to_write', message: 'with 2 replicas a primary that needs 3 never accepts a write' },
    { path: 'wait', message: '2 replicas can never satisfy WAIT 3' },
  ]);
  expect(problems(impossible, 5).map(({ path }) => path)).toEqual(['wait_timeout']);
  expect(problems({ ...DEFAULTS, connect_timeout: '25h' }, 3).map(({ path }) => path)).toEqual(['connect_timeout']);
});

test('a single node runs without Sentinel', () => {
  expect([1, 2, 5].map((count) => runsSentinel(DEFAULTS, count))).toEqual([false, true, true]);
  expect(runsSentinel({ ...DEFAULTS, sentinel: false }, 5)).toBe(false);
});
