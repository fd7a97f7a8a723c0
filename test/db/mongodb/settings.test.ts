import { expect, test } from 'vitest';
import { makeRegistry } from '../../../src/cli/registry.ts';
import { concernOf, type MongoSettings, problems, protocolOf } from '../../../src/db/mongodb/settings.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';

const registry = makeRegistry();

/** The settings as a plan would have them, and what is said of them. */
function plan(given: object, nodes = 5): { settings: MongoSettings | undefined; messages: string[] } {
  const text = JSON.stringify({
    plan: 1,
    environment: 'sim',
    nodes,
    database: { mongodb: given },
    workload: { rate: '1/s', set: {} },
  });
  const { ready, problems: found } = validatePlan({ file: 'p.yaml', bytes: Buffer.from(text) }, registry, {});
  const errors = found.filter(({ severity }) => severity === 'error');
  return {
    settings: ready?.timeline.database.settings as MongoSettings | undefined,
    messages: errors.map(({ message }) => message),
  };
}

const settingsOf = (given: object): MongoSettings => plan(given).settings as MongoSettings;

test('the version says which protocol', () => {
  const protocol = (version: string | number) => protocolOf({ version } as MongoSettings);
  for (const version of ['2.4', 2.4, '2.4.1', '2.4.14']) expect(protocol(version)).toBe('2.4');
  for (const version of [7, 7.0, '7.0', '4.4', 4.4, '5.0.3', '8.0']) expect(protocol(version)).toBe('current');
  for (const version of ['2.6', 3.6, '4.2', 4, '2.40']) expect(protocol(version)).toBeUndefined();
});

test.each([
  [{ version: '3.6' }, /of version 3\.6 there is no model/],
  [{ version: 2.4, read_concern: 'majority' }, /2\.4 knows no read concern "majority"/],
  [{ write_concern: 6 }, /5 nodes can never satisfy w: 6/],
  [{ priorities: [1, 2] }, /2 priorities for 5 nodes/],
  [{ priorities: [0, 1, 1, 1, 1] }, /its priority cannot be 0/],
  [{ election_timeout: '0s' }, /election_timeout must be at least 1ms/],
])('%j is refused', (given, message) => {
  expect(plan(given).messages).toEqual([expect.stringMatching(message)]);
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
