import { expect, test } from 'vitest';
import { makeRegistry } from '../../../src/cli/registry.ts';
import { readSyncNames, writeSyncNames } from '../../../src/db/postgres/sync-names.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';

interface Given {
  readonly environment?: string;
  readonly nodes?: number;
  readonly workload?: object;
  readonly faults?: object[];
}

function problemsOf(postgres: object, { environment = 'sim', nodes = 3, workload, faults = [] }: Given = {}) {
  const text = JSON.stringify({
    ...{ plan: 1, environment, nodes, database: { postgres }, faults },
    workload: workload ?? { rate: '1/s', set: {} },
  });
  const { problems, ready } = validatePlan({ file: 'p.yaml', bytes: Buffer.from(text) }, makeRegistry(), {});
  return { problems, ready };
}

const messages = (postgres: object, given: Given = {}) =>
  problemsOf(postgres, given).problems.flatMap(({ severity, message }) => (severity === 'error' ? [message] : []));

const LAB = { environment: 'lab' };

test('the usual settings are accepted, and on and off are words', () => {
  for (const given of [{}, { synchronous_commit: 'on' }, { synchronous_commit: 'off' }, { version: '9.6' }])
    expect(messages(given)).toEqual([]);
  for (const given of [{}, { version: '15' }, { standbys: 2, isolation: 'serializable' }, { password: 'x' }])
    expect(messages(given, LAB)).toEqual([]);
  expect(messages({ synchronous_commit: false })).toHaveLength(1);
});

test.each([
  [{ wal_writer_delay: '0ms' }, 'wal_writer_delay must be 1ms to 10000ms'],
  [{ wal_writer_delay: '11s' }, 'wal_writer_delay must be 1ms to 10000ms'],
  [{ commit_delay: '101ms' }, 'commit_delay must be 0ms to 100ms'],
  [{ connect_timeout: '0s' }, 'connect_timeout must be 1ms to 3600000ms'],
  [{ socket_timeout: '0s' }, 'socket_timeout must be 1ms to 3600000ms'],
  [{ standbys: 1 }, 'the simulated server has no standbys; run it on a real server (--env lab)'],
  [
    { synchronous_commit: 'remote_write' },
    'the simulated server has no standbys for remote_write to wait for; run it on a real server (--env lab)',
  ],
  [
    { synchronous_standby_names: 'n2' },
    'the simulated server has no standbys to wait for; run it on a real server (--env lab)',
  ],
  [
    { isolation: 'serializable' },
    'the simulated server knows read_committed only, not serializable; run it on a real server (--env lab)',
  ],
  [
    { version: '16' },
    'PostgreSQL 16 cannot be simulated: the model is of 9.5 to 15; run it on a real server (--env lab)',
  ],
])('%j is refused in the simulator', (given, message) => {
  expect(messages(given)).toEqual([message]);
});

test.each([
  [{ version: '12.4' }, 'PostgreSQL 12.4 is too old to be run: 13 or newer'],
  [{ standbys: 3 }, 'the primary and 3 standbys need 4 nodes, and there are 3'],
  [{ synchronous_commit: 'remote_apply' }, 'remote_apply waits for nobody: set synchronous_standby_names'],
  [{ synchronous_standby_names: 'n2' }, '"n2" is no standby; there is none: set "standbys"'],
  [{ standbys: 2, synchronous_standby_names: 'n2, n9' }, '"n9" is no standby; they are n2, n3'],
  [
    { standbys: 2, synchronous_standby_names: 'ANY 2 (n1, n2)' },
    'no commit would ever be answered: it waits for 2 of 1 standbys',
  ],
  [
    { standbys: 1, synchronous_standby_names: 'n2', synchronous_commit: 'local' },
    'synchronous_commit: local waits for no standby',
  ],
  [
    { standbys: 1, synchronous_standby_names: 'SOME (n2)' },
    '"SOME (n2)" cannot be read: write FIRST 1 (n2, n3), ANY 1 (n2, n3) or n2, n3',
  ],
])('%j is refused for real servers', (given, message) => {
  expect(messages(given, LAB)).toEqual([message]);
});

test.each(['n2', '*', 'FIRST 1 (n2, n3)', 'any 2 ("n2", n3)', '2 (n2,n3)', 'ANY 1 (n1, n2, n3)'])(
  'synchronous_standby_names: %s',
  (names) => {
    expect(messages({ standbys: 2, synchronous_standby_names: names }, LAB)).toEqual([]);
  },
);

test('synchronous_standby_names are read as PostgreSQL reads them, and written with quotes', () => {
  const written = (text: string) => writeSyncNames(readSyncNames(text)!);
  expect(written('n-2, n3')).toBe('FIRST 1 ("n-2", "n3")');
  expect(written('2 (n2, *)')).toBe('FIRST 2 ("n2", *)');
  expect(written('any 1 ("n 2")')).toBe('ANY 1 ("n 2")');
  for (const text of ['', 'ANY 0 (n2)', 'n2;', "n2', '"]) expect(readSyncNames(text)).toBeUndefined();
});

test('what wants verify or retry may have it', () => {
  for (const on_unknown of ['retry', 'verify'])
    for (const environment of ['sim', 'lab'])
      expect(problemsOf({}, { environment, workload: { rate: '1/s', set: { on_unknown } } }).problems).toEqual([]);
});

test('the workload append needs a real server, and so does promote, and a standby', () => {
  const append = { rate: '10/s', append: {} };
  expect(messages({}, { ...LAB, workload: append })).toEqual([]);
  const told = (over: object) => problemsOf({}, over).problems.map(({ message, hint }) => [message, hint]);
  expect(told({ workload: append })).toEqual([
    [
      'postgres has no client for the workload "append"',
      'the simulated server has no such tables: run it on a real one, --env lab',
    ],
  ]);
  const faults = [{ at: '5s', promote: 'n2' }];
  expect(problemsOf({ standbys: 1 }, { ...LAB, faults }).problems).toEqual([]);
  const nothing = '"promote": postgres has nothing that can be promoted';
  expect(told({ ...LAB, faults })).toEqual([[nothing, 'there is no standby: set database.postgres.standbys']]);
  expect(told({ faults })).toEqual([[nothing, 'the simulated server has no standbys: run it on real ones, --env lab']]);
});

test('a promotion has no end of its own, and is one node’s', () => {
  const plan = (fault: object) => problemsOf({ standbys: 2 }, { ...LAB, faults: [fault] });
  expect(plan({ at: '5s', for: '10s', promote: 'n2' }).problems).toMatchObject([
    {
      ...{ rule: 'fault-timing', path: 'faults[0].for', hint: 'remove "for"' },
      message: '"promote" is not over after a time: what it has changed is put right when everything is healed',
    },
  ]);
  for (const nodes of ['minority', 'secondaries', ['n2', 'n3'], 'n7'])
    expect(plan({ at: '5s', promote: nodes }).problems.map(({ severity }) => severity)).toEqual(['error']);
  const { problems, ready } = plan({ at: '5s', promote: 'n2' });
  expect(problems).toEqual([]);
  expect(ready?.timeline.steps.find((step) => step.do === 'inject')).toMatchObject({ lasting: true, forMs: null });
});
