import { expect, test } from 'vitest';
import { clientConfig, firstPrimary } from '../../../src/db/mongodb/config.ts';
import { settingsOf } from './plan.ts';

const members = [
  { name: 'n1', address: '10.0.0.1' },
  { name: 'n2', address: '10.0.0.2' },
  { name: 'n3', address: '10.0.0.3' },
];

test('every setting of a client reaches it', () => {
  const settings = settingsOf(
    {
      ...{ write_concern: { w: 1, j: true }, wtimeout: '700ms', retryable_writes: false },
      ...{ read_concern: 'majority', read_preference: 'nearest' },
      ...{ connect_timeout: '300ms', server_selection_timeout: '4s', heartbeat_frequency: '1s' },
    },
    3,
  );
  expect(clientConfig(members, settings, '10.0.1.1')).toEqual({
    servers: new Map(members.map(({ name, address }) => [name, `${address}:27017`])),
    setName: 'plan-run',
    ...{ writeConcern: { w: 1, j: true }, wtimeoutMs: 700, retryableWrites: false },
    ...{ readConcern: 'majority', readPreference: 'nearest' },
    ...{ connectTimeoutMs: 300, serverSelectionTimeoutMs: 4_000, heartbeatFrequencyMs: 1_000 },
    localAddress: '10.0.1.1',
  });
  // What is not said is the driver's affair.
  expect(Object.keys(clientConfig(members, settingsOf({}, 3), undefined))).not.toContain('heartbeatFrequencyMs');
});

test('the first node begins as primary, or who would take over from it', () => {
  const first = (priorities?: number[]) => firstPrimary(members, settingsOf(priorities ? { priorities } : {}, 3)).name;
  expect([first(), first([1, 1, 0]), first([2, 3, 3]), first([5, 1, 1])]).toEqual(['n1', 'n1', 'n2', 'n1']);
});
