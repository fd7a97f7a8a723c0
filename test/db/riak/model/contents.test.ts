/** What the trace says that each node has is what it has, at every moment and whatever happens. */
import { expect, test } from 'vitest';
import { simulateLookedInto } from '../../contents.ts';
import { planOf } from './chance.ts';

const PLAN = {
  plan: 1,
  nodes: 5,
  environment: 'sim',
  database: {
    riak: {
      ...{ key: 'jepsen', net_ticktime: '2s', gossip_interval: '2s', request_timeout: '2s' },
      ...{ vnode_management_timer: '1s', vnode_inactivity_timeout: '1s' },
    },
  },
  workload: { clients: 5, rate: '30/s', timeout: '2s', set: { writes: 450 } },
  faults: [
    {
      at: '2s',
      for: '4s',
      partition: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    },
    { at: '8s', for: '2s', kill: 'n3' },
    { at: '11s', for: '3s', pause: 'n2' },
  ],
  settle: '10s',
};

const LATEST = ['database.riak.r=1', 'database.riak.w=1', 'database.riak.client_attempts=2'];
const UNION = [...LATEST, 'database.riak.allow_mult=true', 'database.riak.merge=union'];
const BLIND = [...LATEST, 'database.riak.last_write_wins=true'];

test.each([
  ['latest', LATEST],
  ['union', UNION],
  ['last_write_wins', BLIND],
])('%s: under a cut, a kill and a pause', async (_name, set) => {
  const run = await simulateLookedInto(PLAN, 3, set);
  expect(run.error).toBeUndefined();
  expect(run.differences).toEqual([]);
  expect(run.samples).toBeGreaterThan(1_000);
  expect(run.changes).toBeGreaterThan(1_000);
  expect(run.acknowledged.length).toBeGreaterThan(100);
  // All that can happen to an element on a node has happened to some.
  const told = new Set(run.trace.map(({ what }) => what));
  for (const what of ['put', 'recover', 'killed', 'handoff', 'handoff-dropped']) expect(told).toContain(what);
});

test('in runs of chance, whatever is kept of two versions', async () => {
  const kept = [{}, { allow_mult: true, merge: 'union' }, { last_write_wins: true }, { allow_mult: true }];
  for (let number = 1; number <= 12; number++) {
    const plan = planOf(number, kept[number % kept.length]);
    const { error, differences, results } = await simulateLookedInto(plan, number);
    const told = `run ${number}: ${JSON.stringify(plan)}`;
    expect(error, told).toBeUndefined();
    expect(differences, told).toEqual([]);
    expect(results.checkers.set, told).toMatchObject({ failed_but_present: 0, unexpected: 0, duplicated: 0 });
  }
});
