/** The article's experiment, smaller, and how what comes of it changes with what causes it. */
import { describe, expect, test } from 'vitest';
import { type Simulated, seeded, simulate, simulateText } from '../../simulate.ts';

const SEEDS = [1, 2, 3, 4];

/** The plan of the article with 400 writes; all clients are cut off from n1 after some of them. */
const ARTICLE = {
  plan: 1,
  nodes: 5,
  environment: 'sim',
  database: { postgres: {} },
  workload: { clients: 5, timeout: '5s', set: { writes: 400 } },
  faults: [{ at: '200ms', for: '3s', partition: [['n1'], ['clients']] }],
  settle: '5s',
  require: { during: 0 },
};

/** The run with `set` as `--set` has it, for each seed. */
const runs = seeded(ARTICLE, SEEDS);

const setOf = ({ results }: Simulated) => results.checkers.set as unknown as Record<string, number>;
const sumOf = (all: readonly Simulated[], name: string) =>
  all.reduce((sum, one) => sum + (setOf(one)[name] as number), 0);
const FINE = { valid: true, lost: 0, unexpected: 0, duplicated: 0, failed_but_present: 0 };

test('without a fault everything is acknowledged', async () => {
  for (const on_unknown of ['leave', 'retry', 'verify'])
    for (const one of await runs(['faults=[]', `workload.set.on_unknown=${on_unknown}`]))
      expect(setOf(one)).toMatchObject({ ...FINE, acknowledged: 400, unknown: 0, recovered: 0 });
});

describe('a cut', () => {
  test('loses nothing, and leaves one write of each client unknown, of which some are found', async () => {
    const all = await runs();
    for (const one of all) expect(setOf(one)).toMatchObject({ ...FINE, unknown: 5 });
    expect(sumOf(all, 'recovered')).toBeGreaterThan(0);
  });

  test('that is longer leaves more unacknowledged', async () => {
    const lengths = ['0.2s', '3s', '8s'];
    const missing: number[] = [];
    for (const length of lengths) missing.push(1600 - sumOf(await runs([`faults[0].for=${length}`]), 'acknowledged'));
    expect(missing).toEqual([...missing].sort((a, b) => a - b));
    expect(new Set(missing).size).toBe(lengths.length);
  });

  test('that comes again leaves more unknown', async () => {
    const again = 'faults=[{every: 3s, from: 200ms, until: 8s, for: 1500ms, partition: [[n1], [clients]]}]';
    const all = await runs([again, 'workload.set.writes=2000']);
    for (const one of all) expect(setOf(one)).toMatchObject(FINE);
    expect(sumOf(all, 'unknown')).toBeGreaterThan(sumOf(await runs(), 'unknown'));
  });

  test('leaves nothing unknown to who tries again, and nothing is there twice', async () => {
    for (const one of await runs(['workload.set.on_unknown=retry']))
      expect(setOf(one)).toMatchObject({ ...FINE, acknowledged: 400, unknown: 0 });
  });

  test('leaves nothing unknown to who looks it up; and what was not there then never is', async () => {
    // A fast disk, so that more is on its way, and less at the server, when the network is cut.
    const all = await runs(
      [
        'workload.set.on_unknown=verify',
        'environment.sim.disk_fsync=0.2ms',
        'faults[0].for=1700ms',
        'faults[0].at=30ms',
      ],
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    for (const one of all) expect(setOf(one)).toMatchObject({ ...FINE, unknown: 0, recovered: 0 });
    const refuted = all.flatMap(({ history }) =>
      history.filter(({ f, type, value }) => f === 'verify' && type === 'ok' && !(value as [number, boolean])[1]),
    );
    expect(refuted.length).toBeGreaterThan(0);
    const late = all.flatMap(({ trace }) =>
      trace.filter(({ what, words }) => what === 'conflict' && /a fence is there/.test(words)),
    );
    expect(late.length).toBeGreaterThan(0);
  });
});

describe('a power failure', () => {
  const FAILURE = ['environment.sim.kill=machine', 'faults=[{at: 700ms, for: 500ms, kill: n1}]', 'workload.rate=400/s'];
  const off = (delay: string) => [
    ...FAILURE,
    'database.postgres.synchronous_commit=off',
    `database.postgres.wal_writer_delay=${delay}`,
  ];

  test('takes nothing that was acknowledged, with synchronous_commit on', async () => {
    for (const one of await runs(FAILURE)) expect(setOf(one)).toMatchObject(FINE);
  });

  test('takes what was acknowledged last, with synchronous_commit off: of three times wal_writer_delay at most', async () => {
    const all = await runs(off('50ms'));
    expect(sumOf(all, 'lost')).toBeGreaterThan(0);
    for (const { lost, trace, history } of all) {
      const killed = trace.find(({ what, node }) => what === 'killed' && node === 'n1')?.time as number;
      const acknowledged = new Map(
        history.flatMap(({ type, f, value, time }) => (type === 'ok' && f === 'add' ? [[value, time]] : [])),
      );
      for (const element of lost) expect(killed - (acknowledged.get(element) as number)).toBeLessThan(150e6);
      // What the server knows to be gone, and no more, is gone.
      const gone = trace.filter(({ what }) => what === 'commit-lost').flatMap(({ elements }) => elements ?? []);
      expect(lost.filter((element) => !gone.includes(element))).toEqual([]);
    }
  });

  test('takes more, the longer the WAL writer sleeps', async () => {
    const [short, long] = [sumOf(await runs(off('20ms')), 'lost'), sumOf(await runs(off('500ms')), 'lost')];
    expect(short).toBeLessThan(long);
  });
});

test('commit_delay costs time, where as many as commit_siblings others are at work', async () => {
  const p50 = async (...given: string[]) => {
    const [one] = await runs(['faults=[]', ...given.map((each) => `database.postgres.${each}`)], [1]);
    return (one as Simulated).results.latency_ms.p50;
  };
  const without = await p50();
  expect(await p50('commit_delay=30ms')).toBe(without);
  expect(await p50('commit_delay=30ms', 'commit_siblings=1')).toBeGreaterThan(without + 20);
});

test('one seed, one history', async () => {
  const run = (seed: number) => simulateText(JSON.stringify(ARTICLE), seed);
  const [one, again, other] = [await run(7), await run(7), await run(8)];
  expect(again.text).toBe(one.text);
  expect(again.trace).toEqual(one.trace);
  expect(other.text).not.toBe(one.text);
});

test.each([
  ['partition', { unknown: 5 }],
  ['retry', { unknown: 0, acknowledged: 1000, survivors: 1000 }],
  ['verify', { unknown: 0, recovered: 0 }],
])('plans/postgres-%s.yaml', async (name, expected) => {
  for (const seed of [1, 2]) {
    const one = await simulate(`plans/postgres-${name}.yaml`, seed);
    expect(one.error).toBeUndefined();
    expect(one.results).toMatchObject({ valid: true, as_expected: true });
    expect(setOf(one)).toMatchObject({ ...FINE, attempted: 1000, ...expected });
    // About as many as in the article, which had 50 of 1000.
    const { fail, info } = one.results.operations;
    expect(fail + info).toBeGreaterThanOrEqual(45);
    expect(fail + info).toBeLessThanOrEqual(55);
  }
});
