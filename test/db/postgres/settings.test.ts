import { expect, test } from 'vitest';
import { makeRegistry } from '../../../src/cli/registry.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';

function messages(given: object): string[] {
  const text = JSON.stringify({
    plan: 1,
    environment: 'sim',
    database: { postgres: given },
    workload: { rate: '1/s', set: {} },
  });
  const { problems } = validatePlan({ file: 'p.yaml', bytes: Buffer.from(text) }, makeRegistry(), {});
  return problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

test('the usual settings are accepted, and on and off are words', () => {
  for (const given of [{}, { synchronous_commit: 'on' }, { synchronous_commit: 'off' }])
    expect(messages(given)).toEqual([]);
  expect(messages({ synchronous_commit: false })).toHaveLength(1);
});

test.each([
  [{ wal_writer_delay: '0ms' }, 'wal_writer_delay must be 1ms to 10000ms'],
  [{ wal_writer_delay: '11s' }, 'wal_writer_delay must be 1ms to 10000ms'],
  [{ commit_delay: '101ms' }, 'commit_delay must be 0ms to 100ms'],
  [{ connect_timeout: '0s' }, 'connect_timeout must be 1ms to 3600000ms'],
  [{ socket_timeout: '0s' }, 'socket_timeout must be 1ms to 3600000ms'],
])('%j is refused', (given, message) => {
  expect(messages(given)).toEqual([message]);
});

test('what wants verify or retry may have it', () => {
  for (const on_unknown of ['retry', 'verify']) {
    const text = JSON.stringify({
      plan: 1,
      database: { postgres: {} },
      workload: { rate: '1/s', set: { on_unknown } },
    });
    const { problems } = validatePlan({ file: 'p.yaml', bytes: Buffer.from(text) }, makeRegistry(), {});
    expect(problems).toEqual([]);
  }
});
