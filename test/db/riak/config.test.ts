import { expect, test } from 'vitest';
import { makeRegistry } from '../../../src/cli/registry.ts';
import { advancedConfig, bucketProps, riakConf } from '../../../src/db/riak/config.ts';
import type { RiakSettings } from '../../../src/db/riak/settings.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';

/** The settings as a plan would have them. */
function settings(given: object): RiakSettings {
  const text = JSON.stringify({
    ...{ plan: 1, environment: 'lab', nodes: 5, database: { riak: given }, workload: { rate: '1/s', set: {} } },
  });
  const { ready } = validatePlan({ file: 'p.yaml', bytes: Buffer.from(text) }, makeRegistry(), {});
  return ready?.timeline.database.settings as RiakSettings;
}

test('riak.conf: who the node is, where it listens, and the plan’s settings', () => {
  const given = { ring_size: 128, net_ticktime: '20s', n_val: 4, allow_mult: true };
  expect(riakConf('10.77.0.2', settings(given)).split('\n')).toEqual([
    'nodename = riak@10.77.0.2',
    'distributed_cookie = plan-run',
    'listener.http.internal = 10.77.0.2:8098',
    'listener.protobuf.internal = 10.77.0.2:8087',
    'handoff.ip = 10.77.0.2',
    'ring_size = 128',
    'storage_backend = bitcask',
    'erlang.distribution.net_ticktime = 20',
    'buckets.default.n_val = 4',
    'buckets.default.allow_mult = true',
    'buckets.default.last_write_wins = false',
    '',
  ]);
  const other = riakConf('10.77.0.2', settings({ last_write_wins: true }));
  expect(other).toContain('last_write_wins = true');
  expect(other).toContain('allow_mult = false');
});

test('advanced.config: what riak.conf has no name for, in milliseconds', () => {
  const given = { gossip_interval: '10s', vnode_management_timer: '500ms', vnode_inactivity_timeout: '1m' };
  expect(advancedConfig(settings(given))).toBe(
    '[{riak_core, [{gossip_interval, 10000}, {vnode_management_timer, 500}, {vnode_inactivity_timeout, 60000}]}].\n',
  );
});

test('a bucket type’s properties: in one word, for Riak 3’s scripts split it at blanks', () => {
  expect(bucketProps(settings({ bucket_type: 'objects', n_val: 1, last_write_wins: true }))).toBe(
    '{"props":{"n_val":1,"allow_mult":false,"last_write_wins":true}}',
  );
  const props = bucketProps(settings({ bucket_type: 'sets', data_type: 'set', allow_mult: true }));
  expect(props).toBe('{"props":{"n_val":3,"allow_mult":true,"last_write_wins":false,"datatype":"set"}}');
});
