/** The article's experiments in the simulator: what must be seen, and how it changes with what causes it. */
import { describe, expect, test } from 'vitest';
import { type Simulated, simulateText } from '../../simulate.ts';

const SEEDS = [1, 2, 3];

/** Without a fault, 400 writes. */
const HEALTHY = {
  plan: 1,
  nodes: 5,
  environment: { sim: { clock_offset: '5ms' } },
  database: { riak: { key: 'jepsen' } },
  workload: { clients: 5, timeout: '5s', set: { writes: 400 } },
  settle: '1s',
};

/** The article's cut with all times a tenth, so that a run is short: found out after 6 to 7.5 s, sent again after 6 s. */
const CUT = {
  ...HEALTHY,
  database: {
    riak: {
      ...{ key: 'jepsen', lock: 'mutex', client_timeout: '200ms', client_attempts: 4, when_timed_out: 'go_on' },
      ...{ net_ticktime: '6s', gossip_interval: '1s', request_timeout: '6s' },
      ...{ vnode_management_timer: '1s', vnode_inactivity_timeout: '2s' },
    },
  },
  workload: { clients: 5, rate: 'max', timeout: '10s', set: { writes: 400 } },
  faults: [
    {
      at: '100ms',
      for: '7600ms',
      partition: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    },
  ],
  settle: '15s',
};

async function runs(plan: object, set: readonly string[] = [], seeds = SEEDS): Promise<Simulated[]> {
  const all: Simulated[] = [];
  for (const seed of seeds) all.push(await simulateText(JSON.stringify(plan), seed, set));
  for (const { error, results } of all) {
    expect(error).toBeUndefined();
    expect(results.checkers.set).toMatchObject({ failed_but_present: 0, unexpected: 0, duplicated: 0 });
  }
  return all;
}

const riak = (name: string, value: unknown) => `database.riak.${name}=${value}`;
const UNION = [riak('allow_mult', true), riak('merge', 'union')];
const lostOf = (all: readonly Simulated[]) => all.reduce((sum, { lost }) => sum + lost.length, 0);
const rates = (all: readonly Simulated[]) => all.map(({ lost, acknowledged }) => lost.length / acknowledged.length);

describe('without a fault', () => {
  test('last write wins loses most of what five clients write', async () => {
    for (const rate of rates(await runs(HEALTHY))) {
      expect(rate).toBeGreaterThan(0.5);
      expect(rate).toBeLessThan(0.9);
    }
  });

  test('more clients lose more, and one loses nothing', async () => {
    const lost = async (clients: number) => lostOf(await runs(HEALTHY, [`workload.clients=${clients}`]));
    const [one, two, five] = [await lost(1), await lost(2), await lost(5)];
    expect(one).toBe(0);
    expect(two).toBeGreaterThan(0);
    expect(five).toBeGreaterThan(two);
  });

  test('clocks that are far apart lose more: who is ahead always wins', async () => {
    const lost = async (offset: string) =>
      lostOf(await runs(HEALTHY, [`environment.sim.clock_offset=${offset}`], [1, 2, 3, 4, 5, 6]));
    expect(await lost('500ms')).toBeGreaterThan(await lost('0ms'));
  });

  test('a lock loses nothing', async () => {
    expect(lostOf(await runs(HEALTHY, [riak('lock', 'mutex')]))).toBe(0);
  });

  test('siblings and their union lose nothing', async () => {
    expect(lostOf(await runs(HEALTHY, UNION))).toBe(0);
  });

  test('last_write_wins loses as well', async () => {
    expect(lostOf(await runs(HEALTHY, [riak('last_write_wins', true)]))).toBeGreaterThan(0);
  });

  test('fewer clients, fewer siblings', async () => {
    const most = async (clients: number) => {
      const all = await runs(HEALTHY, [...UNION, `workload.clients=${clients}`]);
      const counts = all.flatMap(({ trace }) =>
        trace.flatMap(({ what, words }) => (what === 'siblings' ? [Number(/keeps (\d+)/.exec(words)?.[1])] : [])),
      );
      return Math.max(1, ...counts);
    };
    const [one, two, five] = [await most(1), await most(2), await most(5)];
    expect(one).toBe(1);
    expect(two).toBeGreaterThan(one);
    expect(five).toBeGreaterThan(two);
  });
});

describe('handoff with last_write_wins', () => {
  test('leaves alone what is newer by its clock: nothing is lost where one client at a time writes', async () => {
    const plan = {
      ...{ plan: 1, nodes: 5, environment: 'sim', settle: '20s' },
      database: {
        riak: {
          ...{ last_write_wins: true, lock: 'mutex', client_timeout: '1s', key: 'jepsen', net_ticktime: '2s' },
          ...{ gossip_interval: '2s', vnode_management_timer: '1s', vnode_inactivity_timeout: '5s' },
        },
      },
      workload: { clients: 5, rate: '5/s', timeout: '10s', set: { writes: 150 } },
      faults: [{ at: '5s', for: '5s', kill: ['n3', 'n4'] }],
    };
    const [run] = await runs(plan, [], [7]);
    expect(run!.lost).toEqual([]);
    expect(run!.trace.some(({ what }) => what === 'handoff')).toBe(true);
  });
});

describe('under a cut', () => {
  const strict = (quorum: string) => ['r', 'w', 'pr', 'pw'].map((name) => riak(name, quorum));

  test('a lock does not help: what is sent again without it takes the place of everything', async () => {
    const all = await runs(CUT);
    for (const { lost } of all) expect(lost.length).toBeGreaterThan(0);
    // Some of them most of it.
    expect(Math.max(...rates(all))).toBeGreaterThan(0.5);
    for (const { trace } of all) expect(trace.some(({ what }) => what === 'late')).toBe(true);
  });

  test('nor do strict quorums', async () => {
    const all = await runs(CUT, strict('quorum'), [1, 2, 3, 4, 5, 6]);
    expect(Math.max(...rates(all))).toBeGreaterThan(0.5);
    expect(all.some(({ trace }) => trace.some(({ words }) => words.includes('pr_val_unsatisfied')))).toBe(true);
  });

  test('with clients that give up what they gave up, strict quorums and the lock lose nothing', async () => {
    expect(lostOf(await runs(CUT, [...strict('quorum'), riak('when_timed_out', 'cancel')]))).toBe(0);
  });

  test('r = w = pr = pw = all: nothing is acknowledged while it is cut, and nothing lost', async () => {
    const short = ['faults[0].for=3s', 'require.during=0', riak('when_timed_out', 'cancel')];
    for (const { lost, acknowledged, history } of await runs(CUT, [...strict('all'), ...short])) {
      expect(lost).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(300);
      const at = (verb: string) => history.filter(({ f }) => f === `${verb}-partition`).map(({ time }) => time);
      // What was under way is answered, or is not.
      const [from, to] = [Math.max(...at('start')) + 20e6, Math.min(...at('stop'))];
      const during = history.filter(({ type, time }) => type === 'ok' && time > from && time < to);
      expect(during).toEqual([]);
    }
  });

  test('the union of siblings loses nothing, with one answer each, whoever goes on', async () => {
    const set = [...UNION, riak('r', 1), riak('w', 1), riak('lock', 'none')];
    for (const { lost, acknowledged } of await runs(CUT, set)) {
      expect(lost).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(300);
    }
  });
});

test('one seed, one history, traced or not', async () => {
  const run = (seed: number) => simulateText(JSON.stringify(CUT), seed, ['workload.set.writes=150']);
  const [one, again, other] = [await run(7), await run(7), await run(8)];
  expect(again.text).toBe(one.text);
  expect(again.trace).toEqual(one.trace);
  expect(other.text).not.toBe(one.text);
});
