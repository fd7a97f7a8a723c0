import { describe, expect, test } from 'vitest';
import { mongodb } from '../../../src/db/mongodb/index.ts';
import {
  concernOf,
  type MongoSettings,
  problems,
  protocolOf,
  versionOf,
  WRITE_CONCERNS,
  writeConcernOf,
} from '../../../src/db/mongodb/settings.ts';
import { planned } from './plan.ts';

const settingsOf = (given: object): MongoSettings => planned(given).settings as MongoSettings;

test('the version says which protocol', () => {
  const protocol = (version: string | number) => protocolOf({ version } as MongoSettings);
  for (const version of ['2.4', 2.4, '2.4.1', '2.4.14']) expect(protocol(version)).toBe('2.4');
  for (const version of [7, 7.0, '7.0', '4.4', 4.4, '5.0.3', '8.0']) expect(protocol(version)).toBe('current');
  for (const version of ['2.6', 3.6, '4.2', 4, '2.40']) expect(protocol(version)).toBeUndefined();
  expect(protocolOf({})).toBe('current');
});

test.each([
  [{ version: '3.6' }, /of version 3\.6 there is no model/],
  [{ version: 2.4, read_concern: 'majority' }, /2\.4 knows no read concern "majority"/],
  [{ write_concern: 6 }, /5 nodes can never satisfy w: 6/],
  [{ priorities: [1, 2] }, /2 priorities for 5 nodes/],
  [{ priorities: [0, 1, 1, 1, 1] }, /its priority cannot be 0/],
  [{ election_timeout: '0s' }, /election_timeout must be at least 1ms/],
  [{ write_concern: { w: 6 } }, /5 nodes can never satisfy w: 6/],
  [{ write_concern: { w: 0, j: true } }, /w: 0 has no answer/],
  [{ write_concern: 'fast' }, /expected one of unsafe, .*, or \{w, j\}/],
  [{ write_concern: { w: 'all' } }, /`majority`, or a number of nodes/],
  [{ read_preference: 'nearest' }, /the simulator reads from the primary only, not nearest/],
  [{ heartbeat_frequency: '1s' }, /the simulator’s clients have no heartbeats/],
])('simulated, %j is refused', (given, message) => {
  expect(planned(given).messages).toEqual([expect.stringMatching(message)]);
});

test.each([
  [{ version: 2.4 }, /MongoDB 2\.4 does not run on real nodes: .* 4\.4 and later; 2\.4 can be simulated: --env sim/],
  [{ version: '4.2' }, /MongoDB 4\.2 does not run on real nodes: the driver speaks with 4\.4 and later$/],
  [{ install: 'download', version: '7.0' }, /install: download needs the whole version, such as "7\.0\.14"/],
  [{ install: 'download', version: 7.0 }, /needs the whole version/],
  [{ read_concern: 'linearizable', read_preference: 'secondary' }, /only a primary answers/],
  [{ journal_commit_interval: '501ms' }, /500ms at most/],
  [{ heartbeat_timeout: '1500ms' }, /whole number of seconds/],
  [{ heartbeat_frequency: '499ms' }, /at least 500ms/],
  [{ election_timeout: '1.5ms' }, /election_timeout is a whole number of milliseconds/],
  [{ wtimeout: '600h' }, /24 days at most/],
  [{ write_concern: 6 }, /5 nodes can never satisfy w: 6/],
])('on real nodes, %j is refused', (given, message) => {
  expect(planned(given, 5, 'lab').messages).toEqual([expect.stringMatching(message)]);
});

test('a real set has seven members at most; a simulated one may have more', () => {
  expect(planned({}, 8, 'lab').messages).toEqual(['a replica set has at most 7 members that vote, not 8']);
  expect(planned({}, 7, 'lab').messages).toEqual([]);
  expect(planned({}, 8).messages).toEqual([]);
});

test('the same plan runs in both: what only the one needs, the other takes', () => {
  for (const environment of ['sim', 'lab'] as const)
    expect(planned({ install: 'download', version: '7.0.14', wtimeout: '2s' }, 5, environment).messages).toEqual([]);
  expect(planned({ read_preference: 'secondaryPreferred', heartbeat_frequency: '1s' }, 5, 'lab').messages).toEqual([]);
});

test('a version is text: 7.0 is a number in YAML, and 7 once it has been read', () => {
  expect(
    [7.0, 4.4, '7', '7.0.14', undefined].map((version) => versionOf(version === undefined ? {} : { version })),
  ).toEqual(['7.0', '4.4', '7', '7.0.14', undefined]);
  expect(mongodb.simulates!(settingsOf({}), 5)).toBe('MongoDB 7.0');
  expect(mongodb.simulates!(settingsOf({ version: 7.0 }), 5)).toBe('MongoDB 7.0');
  expect(mongodb.simulates!(settingsOf({ version: '2.4.1' }), 5)).toBe('MongoDB 2.4.1');
});

describe('write concerns', () => {
  test.each([
    ['unsafe', 'unacknowledged', { w: 0, j: false }],
    ['safe', 'acknowledged', { w: 1, j: false }],
    ['fsync_safe', 'fsynced', { w: 1, j: true }],
    ['journal_safe', 'journaled', { w: 1, j: true }],
    ['replicas_safe', 'replica_acknowledged', { w: 2, j: false }],
    ['majority', 'majority', { w: 'majority', j: false }],
  ])('%s is what is called %s now, or %j', (article, current, concern) => {
    for (const write_concern of [article, current, concern])
      expect(writeConcernOf(settingsOf({ write_concern }))).toEqual(concern);
  });

  test('each name is one of these', () => {
    expect(Object.keys(WRITE_CONCERNS)).toHaveLength(11);
  });

  test('what is left out of {w, j} is as in MongoDB', () => {
    expect(writeConcernOf(settingsOf({ write_concern: { j: true } }))).toEqual({ w: 'majority', j: true });
    expect(writeConcernOf(settingsOf({ write_concern: { w: 1 } }))).toEqual({ w: 1, j: false });
  });
});

test('replicas_safe needs two nodes', () => {
  expect(problems(settingsOf({ write_concern: 'replicas_safe' }), 1)).toHaveLength(1);
  expect(problems(settingsOf({ write_concern: 'replicas_safe' }), 2)).toEqual([]);
});

test('a write concern is a number of nodes', () => {
  const concern = (write_concern: unknown, nodes: number) => concernOf(settingsOf({ write_concern }), nodes);
  expect(concern('majority', 5)).toEqual({ w: 3, majority: true, journal: false });
  expect(concern('majority', 4)).toEqual({ w: 3, majority: true, journal: false });
  expect(concern('unsafe', 5)).toEqual({ w: 0, majority: false, journal: false });
  expect(concern('safe', 5)).toEqual({ w: 1, majority: false, journal: false });
  expect(concern('journal_safe', 5)).toEqual({ w: 1, majority: false, journal: true });
  // With a journal 2.4 waits for it, whatever it is called (manual, getLastError, fsync).
  expect(concern('fsync_safe', 5)).toEqual(concern('journal_safe', 5));
  expect(concern('replicas_safe', 5)).toEqual({ w: 2, majority: false, journal: false });
  // A number is no majority, be it as large: nothing says that no election takes it back.
  expect(concern(3, 5)).toEqual({ w: 3, majority: false, journal: false });
});
