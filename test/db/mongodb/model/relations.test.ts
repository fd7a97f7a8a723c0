/** The article's experiment in the simulator: what must be seen, and how it changes with what causes it. */
import { describe, expect, test, vi } from 'vitest';
import { type Simulated, seeded, simulateText } from '../../simulate.ts';

// Runs, not waits: a busy machine may take its time.
vi.setConfig({ testTimeout: 60_000 });

const SEEDS = [1, 2];

/** The article's run, smaller: 25 writes a second, n1 and n2 cut off after five seconds. */
const ARTICLE = {
  plan: 1,
  nodes: 5,
  environment: 'sim',
  database: { mongodb: { version: '2.4.1', write_concern: 'safe' } },
  workload: { clients: 5, rate: '25/s', timeout: '10s', set: { writes: 1500 } },
  faults: [
    {
      at: '5s',
      for: '40s',
      partition: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    },
  ],
  settle: '15s',
};

/** The run with `set` as `--set` has it, for each seed. */
const runs = seeded(ARTICLE, SEEDS);

const concern = (name: string) => `database.mongodb.write_concern=${name}`;
const CURRENT = 'database.mongodb.version=7.0';
const lostOf = (all: readonly Simulated[]) => all.reduce((sum, { lost }) => sum + lost.length, 0);
const setOf = ({ results }: Simulated) => results.checkers.set as unknown as Record<string, number>;

describe('2.4', () => {
  test('safe loses everything from the cut until the step-down, and what is lost is in n1 rollback', async () => {
    for (const { acknowledged, lost, trace } of await runs()) {
      expect(acknowledged.length).toBeGreaterThan(0.95 * 1500);
      expect(lost.length / acknowledged.length).toBeGreaterThan(0.2);
      expect(lost.length / acknowledged.length).toBeLessThan(0.7);
      // The cut is at 5 s: element 125.
      const first = lost[0] as number;
      expect(first).toBeGreaterThanOrEqual(123);
      expect(first).toBeLessThanOrEqual(128);
      const thrownAway = trace.filter(({ what }) => what === 'rollback').flatMap(({ elements }) => elements ?? []);
      expect(lost.filter((element) => !thrownAway.includes(element))).toEqual([]);
    }
  });

  test('without a partition nothing is lost, whatever the write concern', async () => {
    for (const name of ['unsafe', 'safe', 'journal_safe', 'replicas_safe', 'majority'])
      expect(lostOf(await runs([concern(name), 'faults=[]', 'workload.set.writes=500'], [1, 2]))).toBe(0);
  });

  test('a longer partition loses more', async () => {
    const [short, long] = [await runs(['faults[0].for=15s']), await runs()];
    expect(lostOf(short)).toBeGreaterThan(0);
    expect(lostOf(long)).toBeGreaterThan(lostOf(short));
  });

  test('the sooner a silent node is taken for down, the less', async () => {
    const quick = await runs(['database.mongodb.heartbeat_timeout=3s']);
    expect(lostOf(quick)).toBeGreaterThan(0);
    expect(lostOf(quick)).toBeLessThan(lostOf(await runs()));
  });

  test('unsafe loses no less than safe, and neither the journal nor one replica helps', async () => {
    const safe = lostOf(await runs());
    expect(lostOf(await runs([concern('unsafe')]))).toBeGreaterThanOrEqual(safe);
    for (const name of ['journal_safe', 'replicas_safe'])
      expect(lostOf(await runs([concern(name)]))).toBeGreaterThan(0.8 * safe);
  });

  test('majority loses at most what was in flight, and recovers writes that nobody acknowledged', async () => {
    const all = await runs([concern('majority')], [1, 2, 3, 4, 5, 6]);
    for (const one of all) expect(one.lost.length).toBeLessThanOrEqual(20);
    expect(lostOf(all)).toBeGreaterThan(0);
    expect(all.reduce((sum, one) => sum + (setOf(one).recovered as number), 0)).toBeGreaterThan(0);
    // Each of them was signed off when n1 stepped down.
    for (const { lost, trace } of all) {
      const signedOff = trace.filter(({ what }) => what === 'sign-off').flatMap(({ elements }) => elements ?? []);
      expect(lost.filter((element) => !signedOff.includes(element))).toEqual([]);
    }
  });

  test('a kill takes what the journal has not, with safe and not with journal_safe', async () => {
    const killed = (name: string) =>
      runs([
        concern(name),
        'nodes=1',
        'faults=[{every: 2s, from: 1s, until: 8s, for: 500ms, kill: n1}]',
        'workload.set.writes=2000',
        'workload.rate=200/s',
      ]);
    expect(lostOf(await killed('safe'))).toBeGreaterThan(0);
    expect(lostOf(await killed('journal_safe'))).toBe(0);
  });
});

describe('the current protocol', () => {
  test('majority loses nothing, in the same schedule', async () => {
    for (const one of await runs([CURRENT, concern('majority')])) {
      expect(one.lost).toEqual([]);
      expect(setOf(one)).toMatchObject({ failed_but_present: 0, unexpected: 0, duplicated: 0 });
      expect(one.valid).toBe(true);
    }
  });

  test('safe loses until the step-down, which comes sooner', async () => {
    const [current, old] = [await runs([CURRENT]), await runs()];
    expect(lostOf(current)).toBeGreaterThan(0);
    expect(lostOf(current)).toBeLessThan(lostOf(old));
  });

  test('an election timeout decides how much', async () => {
    const quick = await runs([CURRENT, 'database.mongodb.election_timeout=3s']);
    expect(lostOf(quick)).toBeGreaterThan(0);
    expect(lostOf(quick)).toBeLessThan(lostOf(await runs([CURRENT])));
  });

  test('of retryable writes fewer have an end that nobody knows', async () => {
    const kill = [
      ...[CURRENT, concern('majority'), 'faults=[{every: 10s, from: 5s, until: 40s, for: 5s, kill: primary}]'],
      ...['database.mongodb.election_timeout=1s', 'database.mongodb.server_selection_timeout=5s'],
    ];
    const unknown = async (retryable: boolean) => {
      const all = await runs([...kill, `database.mongodb.retryable_writes=${retryable}`]);
      expect(lostOf(all)).toBe(0);
      return all.reduce((sum, one) => sum + one.unknown, 0);
    };
    expect(await unknown(true)).toBeLessThan(await unknown(false));
  });
});

test.each(['2.4.1', '7.0'])('%s: one seed, one history', async (version) => {
  const set = [
    `database.mongodb.version=${version}`,
    concern('majority'),
    'workload.set.writes=500',
    'faults[0].for=10s',
  ];
  const run = (seed: number) => simulateText(JSON.stringify(ARTICLE), seed, set);
  const [one, again, other] = [await run(7), await run(7), await run(8)];
  expect(again.text).toBe(one.text);
  expect(again.trace).toEqual(one.trace);
  expect(other.text).not.toBe(one.text);
});
