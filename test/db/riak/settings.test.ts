import { describe, expect, test } from 'vitest';
import { makeRegistry } from '../../../src/cli/registry.ts';
import { problems, quorumOf, type RiakSettings } from '../../../src/db/riak/settings.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';

const registry = makeRegistry();

/** The settings as a plan would have them, and what is said of them. */
function plan(
  given: object,
  nodes = 5,
  environment = 'sim',
  workload: object = { set: {} },
): { settings: RiakSettings | undefined; messages: string[] } {
  const text = JSON.stringify({
    plan: 1,
    environment,
    nodes,
    database: { riak: given },
    workload: { rate: '1/s', ...workload },
  });
  const { ready, problems: found } = validatePlan({ file: 'p.yaml', bytes: Buffer.from(text) }, registry, {});
  const errors = found.filter(({ severity }) => severity === 'error');
  return {
    settings: ready?.timeline.database.settings as RiakSettings | undefined,
    messages: errors.map(({ message, hint }) => (hint === undefined ? message : `${message}; ${hint}`)),
  };
}

test('the defaults are Riak’s, and the article’s names', () => {
  expect(plan({}).settings).toMatchObject({
    ...{ ring_size: 64, n_val: 3, r: 'quorum', w: 'quorum', dw: 'quorum', pr: 0, pw: 0, allow_mult: false },
    ...{ last_write_wins: false, notfound_ok: true, basic_quorum: false, bucket: 'test', key: 'test', lock: 'none' },
    ...{ net_ticktime: '60s', request_timeout: '60s', client_attempts: 1, when_timed_out: 'cancel' },
  });
});

test('quorums by name and number', () => {
  expect(['quorum', 'all', 'one', 0, 2].map((given) => quorumOf(given as RiakSettings['r'], 3))).toEqual([
    2, 3, 1, 0, 2,
  ]);
  expect([1, 2, 4, 5].map((n) => quorumOf('quorum', n))).toEqual([1, 2, 3, 3]);
});

test.each([
  [{ n_val: 6 }, /5 nodes cannot hold 6 replicas on different nodes/],
  [{ ring_size: 65 }, /65 is not a power of two/],
  [{ r: 4 }, /r: 4 can never be satisfied by 3 replicas/],
  [{ w: 4 }, /w: 4 can never be satisfied/],
  [{ dw: 4 }, /dw: 4 can never be satisfied/],
  [{ pr: 4 }, /pr: 4 can never be satisfied/],
  [{ pw: 5, n_val: 4 }, /pw: 5 can never be satisfied by 4 replicas/],
  [{ r: 0 }, /r must be at least 1/],
  [{ w: 0 }, /w must be at least 1/],
  [{ merge: 'union' }, /no siblings to unite without allow_mult/],
  [{ allow_mult: true, last_write_wins: true }, /choose one/],
  [{ basic_quorum: true }, /changes nothing while notfound_ok is on/],
  [{ net_ticktime: '500ms' }, /net_ticktime must be at least 1s/],
  [{ request_timeout: '0s' }, /request_timeout must be at least 1ms/],
  [{ client_timeout: '0s' }, /client_timeout must be at least 1ms/],
])('%j is refused', (given, message) => {
  expect(plan(given).messages).toEqual([expect.stringMatching(message)]);
});

describe('in the simulator', () => {
  test.each([
    [{ version: '2.2' }, /Riak 2\.2 cannot be simulated: the model is of 1\.3/],
    [{ bucket_type: 'sets' }, /the model is of Riak 1\.3, which has no bucket types/],
    [{ bucket_type: 'sets', data_type: 'set', allow_mult: true }, /sets of Riak’s own are not simulated/],
    [{ bucket_type: 'counters', data_type: 'counter', allow_mult: true }, /counters of Riak’s own are not simulated/],
    [{ platform_etc_dir: '/etc/riak' }, /a simulated Riak has no directories: leave platform_etc_dir out/],
  ])('%j is refused', (given, message) => {
    expect(plan(given).messages).toContainEqual(expect.stringMatching(message));
  });

  test.each(['1.3', '1'])('version %s is the model’s', (version) => {
    expect(plan({ version }).messages).toEqual([]);
  });
});

describe('in the lab', () => {
  test.each([
    [{ version: '1.4.12' }, /Riak 1\.4\.12 has no riak\.conf, and is not run/],
    [{ net_ticktime: '1500ms' }, /Riak takes whole seconds/],
    [{ bucket_type: 'default' }, /default is Riak’s own name/],
    [{ data_type: 'set', allow_mult: true }, /needs a bucket type that says so/],
    [{ data_type: 'set', bucket_type: 'sets' }, /needs allow_mult: true/],
    [{ data_type: 'set', bucket_type: 'sets', allow_mult: true, merge: 'union' }, /the servers merge: leave merge out/],
    [{ bucket_type: 'no type' }, /a name of letters, digits, _ and -/],
    [{ platform_log_dir: 'log' }, /an absolute path/],
    [{ request_timeout: '25h' }, /at most 24h/],
  ])('%j is refused', (given, message) => {
    expect(plan(given, 5, 'lab').messages).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    {},
    { version: '3' },
    { version: '2.2.3', bucket_type: 'objects' },
    { data_type: 'set', bucket_type: 'sets', allow_mult: true },
    { net_ticktime: '1500s' },
  ])('%j is not', (given) => {
    expect(plan(given, 5, 'lab').messages).toEqual([]);
  });
});

test('a ring of eight is too small for nine nodes', () => {
  expect(plan({ ring_size: 8 }, 9).messages).toEqual([expect.stringMatching(/8 partitions are too few for 9 nodes/)]);
  expect(problems(plan({ ring_size: 8 }).settings as RiakSettings, 8)).toEqual([]);
});

test('a real Riak cannot be asked for what one node has', () => {
  const settings = plan({}, 5, 'lab').settings as RiakSettings;
  const use = (operations: string[]) => ({ name: 'set', settings: {}, operations });
  expect(problems(settings, 5, false, use(['add', 'read', 'read-node'])).map(({ message }) => message)).toEqual([
    'Riak cannot be asked for what one node has: set read_from: primary, or simulate it (--env sim)',
  ]);
  expect(problems(settings, 5, false, use(['add', 'read']))).toEqual([]);
  expect(problems(settings, 5, true, use(['add', 'read', 'read-node']))).toEqual([]);
});

const COUNTER = { data_type: 'counter', bucket_type: 'counters', allow_mult: true };

test.each([
  ['lab', { counter: {} }, {}, /no client for the workload "counter".*set database\.riak\.data_type: counter/],
  ['sim', { counter: {} }, {}, /the model is of Riak 1\.3, which has no counters/],
  ['lab', { set: {} }, COUNTER, /it counts: set another one/],
  ['lab', { 'set-full': {} }, COUNTER, /it counts: set another one/],
  ['lab', { register: {} }, {}, /no client for the workload "register"/],
])('in the %s %j with %j is refused', (environment, workload, given, message) => {
  expect(plan(given, 5, environment, workload).messages).toContainEqual(expect.stringMatching(message));
});

test.each([
  ['lab', { counter: {} }, COUNTER],
  ['lab', { 'set-full': {} }, { data_type: 'set', bucket_type: 'sets', allow_mult: true }],
  ['sim', { 'set-full': { read_from: 'every-node' } }, { allow_mult: true, merge: 'union' }],
])('in the %s %j with %j is not', (environment, workload, given) => {
  expect(plan(given, 5, environment, workload).messages).toEqual([]);
});
