import { expect, test } from 'vitest';
import { missing } from '../../../src/db/etcd/ready.ts';
import { type MemberStatus, memberStatus } from '../../../src/db/etcd/status.ts';

const NODES = ['n1', 'n2', 'n3'];

/** Three members in order, n1 the leader, but for what `change` says of some. */
function cluster(change: Record<string, Partial<MemberStatus> | null> = {}) {
  return NODES.map((node, i) => {
    const status = { id: String(i + 1), leader: '1', term: 2, committed: 10, applied: 10, errors: [] };
    return { node, status: change[node] === null ? undefined : { ...status, ...change[node] } };
  });
}

test('all in order', () => {
  expect(missing(cluster())).toBeUndefined();
  // One that was asked a moment later may be ahead.
  expect(missing(cluster({ n3: { applied: 12 } }))).toBeUndefined();
});

test.each<[string, Parameters<typeof cluster>[0]]>([
  ['n2: etcd does not answer; n3: etcd does not answer', { n2: null, n3: null }],
  ['no member is leader', { n1: { leader: '0' } }],
  ['no member is leader', { n1: { leader: '2' } }],
  ['n1 and n3 both claim to be leader', { n3: { leader: '3' } }],
  ['n2: etcd knows no leader, not n1', { n2: { leader: '0' } }],
  ['n2: etcd follows another leader, not n1', { n2: { leader: '9' } }],
  ['n3: etcd is in term 3, not 2 as the leader n1', { n3: { term: 3 } }],
  ['n1: etcd reports memberID:1 alarm:NOSPACE', { n1: { errors: ['memberID:1 alarm:NOSPACE'] } }],
  ['n3: etcd has applied 9 of the 10 log entries of the leader n1', { n3: { applied: 9 } }],
  ['n1: etcd has applied 9 of the 10 log entries of the leader n1', { n1: { applied: 9 } }],
  [
    'n2: etcd has applied 0 of the 10 log entries of the leader n1; n3: etcd knows no leader, not n1',
    { n2: { applied: 0 }, n3: { leader: '0' } },
  ],
])('%s', (words, change) => {
  expect(missing(cluster(change))).toBe(words);
});

test('the answer of etcdctl: ids keep all their digits, what is not there is none', () => {
  const status = {
    ...{ version: '3.4.23', dbSize: 20480, leader: 7192890242978372735n, raftIndex: 6, raftTerm: 2 },
    raftAppliedIndex: 5,
  };
  const text = (extra: object, without: string[] = []) => {
    const fields = Object.entries({ ...status, ...extra }).filter(([name]) => !without.includes(name));
    const header = '"header":{"cluster_id":3136909557505662000,"member_id":7192890242978372734,"raft_term":2}';
    const rest = fields.map(
      ([name, value]) => `"${name}":${typeof value === 'bigint' ? value : JSON.stringify(value)}`,
    );
    return `[{"Endpoint":"http://127.9.9.1:2379","Status":{${header},${rest.join(',')}}}]`;
  };
  const expected = { id: '7192890242978372734', leader: '7192890242978372735', term: 2, committed: 6, applied: 5 };
  expect(memberStatus(text({}))).toEqual({ ...expected, errors: [] });
  const alone = memberStatus(text({ errors: ['etcdserver: no leader'] }, ['leader']));
  expect(alone).toEqual({ ...expected, leader: '0', errors: ['etcdserver: no leader'] });
  for (const none of ['', '[]', 'Error: context deadline exceeded', '[{"Status":{}}]'])
    expect(memberStatus(none)).toBeUndefined();
});
