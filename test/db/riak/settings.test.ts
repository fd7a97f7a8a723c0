import { expect, test } from 'vitest';
import { makeRegistry } from '../../../src/cli/registry.ts';
import { problems, quorumOf, type RiakSettings } from '../../../src/db/riak/settings.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';

const registry = makeRegistry();

/** The settings as a plan would have them, and what is said of them. */
function plan(given: object, nodes = 5): { settings: RiakSettings | undefined; messages: string[] } {
  const text = JSON.stringify({
    plan: 1,
    environment: 'sim',
    nodes,
    database: { riak: given },
    workload: { rate: '1/s', set: {} },
  });
  const { ready, problems: found } = validatePlan({ file: 'p.yaml', bytes: Buffer.from(text) }, registry, {});
  const errors = found.filter(({ severity }) => severity === 'error');
  return {
    settings: ready?.timeline.database.settings as RiakSettings | undefined,
    messages: errors.map(({ message }) => message),
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

test('a ring of eight is too small for nine nodes', () => {
  expect(plan({ ring_size: 8 }, 9).messages).toEqual([expect.stringMatching(/8 partitions are too few for 9 nodes/)]);
  expect(problems(plan({ ring_size: 8 }).settings as RiakSettings, 8)).toEqual([]);
});
