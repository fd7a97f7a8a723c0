import Value from 'typebox/value';
import { expect, test } from 'vitest';
import { type EtcdSettings, problems, settings } from '../../../src/db/etcd/settings.ts';

const DEFAULTS = Value.Default(settings, {}) as EtcdSettings;

test('what is not optional has a default, and the defaults are in order', () => {
  expect(Object.keys(DEFAULTS).sort()).toEqual([...settings.required].sort());
  expect(problems(DEFAULTS)).toEqual([]);
});

test('durations that etcd would refuse at its start, or that nobody can wait for', () => {
  const impossible: EtcdSettings = {
    ...DEFAULTS,
    heartbeat_interval: '300ms',
    connect_timeout: '0s',
    request_timeout: '25h',
  };
  expect(problems(impossible)).toEqual([
    { path: 'connect_timeout', message: 'connect_timeout must be at least 1ms, and at most 24h' },
    { path: 'request_timeout', message: 'request_timeout must be at least 1ms, and at most 24h' },
    {
      path: 'election_timeout',
      message: 'etcd needs an election_timeout of at least five times the heartbeat_interval (300ms)',
    },
  ]);
  expect(problems({ ...DEFAULTS, election_timeout: '51s' })).toEqual([
    { path: 'election_timeout', message: 'etcd takes an election_timeout of at most 50s' },
  ]);
  expect(problems({ ...DEFAULTS, heartbeat_interval: '0s' }).map(({ path }) => path)).toEqual(['heartbeat_interval']);
  expect(problems({ ...DEFAULTS, election_timeout: '500ms' })).toEqual([]);
});
