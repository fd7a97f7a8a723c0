import { expect, test } from 'vitest';
import { missing } from '../../../src/db/redis/ready.ts';
import { type NodeStatus, sentinelEntries } from '../../../src/db/redis/status.ts';

type Fields = Record<string, string>;
const NODES = ['n1', 'n2', 'n3'];
const entry = (fields: Fields) => new Map(Object.entries(fields));

/** Three nodes in order, n1 primary, but for what `change` says of one node's Redis or Sentinel. */
function cluster(change: Record<string, { redis?: Fields | null; sentinel?: Fields[] | null }> = {}): NodeStatus[] {
  return NODES.map((node) => {
    const { redis = {}, sentinel } = change[node] ?? {};
    const role: Fields =
      node === 'n1'
        ? {
            role: 'master',
            slave0: 'ip=a2,port=6379,state=online,offset=14,lag=0',
            slave1: 'ip=a3,port=6379,state=online,offset=14,lag=1',
          }
        : { role: 'slave', master_host: 'a1', master_link_status: 'up', master_sync_in_progress: '0' };
    const others: Fields[] = [{ flags: 'slave' }, { flags: 'slave' }, { flags: 'sentinel' }, { flags: 'sentinel' }];
    const known = sentinel === undefined ? [{ flags: 'master', ip: 'a1' }, ...others] : sentinel;
    return {
      node,
      address: node.replace('n', 'a'),
      redis: redis === null ? undefined : entry({ loading: '0', ...role, ...redis }),
      sentinel: known?.map(entry),
    };
  });
}

test('all in order', () => {
  expect(missing(cluster(), true)).toBeUndefined();
  expect(missing(cluster({ n2: { sentinel: null } }), false)).toBeUndefined();
});

const master = { flags: 'master', ip: 'a1' };
const slave = { flags: 'slave' };
const sentinel = { flags: 'sentinel' };

test.each<[string, Parameters<typeof cluster>[0]]>([
  ['n2: Redis does not answer; n3: Redis does not answer', { n2: { redis: null }, n3: { redis: null } }],
  ['no server is primary', { n1: { redis: { role: 'slave' } } }],
  ['n1 and n3 both claim to be primary', { n3: { redis: { role: 'master' } } }],
  ['n1: Redis is loading its data', { n1: { redis: { loading: '1' } } }],
  ['n2: Redis follows a9, not the primary n1', { n2: { redis: { master_host: 'a9' } } }],
  ['n2: Redis has no link to the primary n1', { n2: { redis: { master_link_status: 'down' } } }],
  ['n2: Redis is copying the data of n1', { n2: { redis: { master_sync_in_progress: '1' } } }],
  [
    'n3: the primary n1 does not count Redis among its replicas yet',
    { n1: { redis: { slave1: 'ip=a3,port=6379,state=wait_bgsave,offset=0,lag=0' } } },
  ],
  ['n2: Sentinel does not answer', { n2: { sentinel: null } }],
  ['n2: Sentinel names a2 as primary, not n1', { n2: { sentinel: [{ flags: 'master', ip: 'a2' }] } }],
  ['n3: Sentinel finds the primary n1 s_down,master', { n3: { sentinel: [{ ...master, flags: 's_down,master' }] } }],
  ['n2: Sentinel sees 1 of 2 other Sentinels', { n2: { sentinel: [master, slave, slave, sentinel] } }],
  [
    'n2: Sentinel sees 1 of 2 other Sentinels',
    { n2: { sentinel: [master, slave, slave, sentinel, { flags: 's_down,sentinel' }] } },
  ],
  [
    'n2: Sentinel sees 1 of 2 replicas',
    { n2: { sentinel: [master, slave, { flags: 'slave,disconnected' }, sentinel, sentinel] } },
  ],
  [
    'n2: Redis has no link to the primary n1; n2: Sentinel does not answer',
    { n2: { redis: { master_link_status: 'down' }, sentinel: null } },
  ],
])('%s', (words, change) => {
  expect(missing(cluster(change), true)).toBe(words);
});

test('entries of redis-cli’s raw output: pairs of lines, empty values, empty lists', () => {
  const text = 'name\nmain\nflags\nmaster\nrunid\n\n\nname\na:1\nflags\nsentinel\n';
  expect(sentinelEntries(text).map((fields) => Object.fromEntries(fields))).toEqual([
    { name: 'main', flags: 'master', runid: '' },
    { name: 'a:1', flags: 'sentinel' },
  ]);
  expect(sentinelEntries('ERR No such master with that name\n')).toEqual([]);
});
