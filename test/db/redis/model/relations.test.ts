/** The article's experiment in the simulator: what must be seen, and how it changes with what causes it. */
import { describe, expect, test, vi } from 'vitest';
import { type Simulated, simulate } from '../../simulate.ts';

// Virtual time costs real time, and more of it on a machine that is busy.
vi.setConfig({ testTimeout: 60_000 });

const ARTICLE = 'plans/redis-sentinel.yaml';
const SEEDS = [1, 2, 3];

const done = new Map<string, Promise<Simulated[]>>();

/** `file` with each seed; each setting is run once. */
function runs(file: string, set: readonly string[] = []): Promise<Simulated[]> {
  const key = [file, ...set].join(' ');
  const running = done.get(key) ?? runAll(file, set);
  done.set(key, running);
  return running;
}

async function runAll(file: string, set: readonly string[]): Promise<Simulated[]> {
  const all: Simulated[] = [];
  for (const seed of SEEDS) all.push(await simulate(file, seed, set));
  for (const { error } of all) expect(error).toBeUndefined();
  return all;
}

const lostOf = (all: readonly Simulated[]) => all.reduce((sum, { lost }) => sum + lost.length, 0);

test('the article: everybody loses from the cut on, then those who stayed with n1', async () => {
  for (const { acknowledged, lost, trace } of await runs(ARTICLE)) {
    expect(acknowledged.length).toBeGreaterThanOrEqual(0.95 * 2000);
    expect(lost.length / acknowledged.length).toBeGreaterThan(0.3);
    expect(lost.length / acknowledged.length).toBeLessThan(0.8);
    const first = lost[0] as number;
    // The cut is at 3 s: element 300.
    expect(first).toBeGreaterThanOrEqual(298);
    expect(first).toBeLessThanOrEqual(302);
    expect(lost.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, index) => first + index));
    expect(lost.slice(-50).every((element) => element % 5 < 2)).toBe(true);
    // The trace says who threw each of them away.
    const discarded = trace.find(({ node, what }) => node === 'n1' && what === 'discard')?.elements ?? [];
    expect(lost.every((element) => discarded.includes(element))).toBe(true);
  }
});

test('the same seed gives the same history and trace, another seed another one', async () => {
  const [one, again, other] = [await simulate(ARTICLE, 7), await simulate(ARTICLE, 7), await simulate(ARTICLE, 8)];
  expect(again.text).toBe(one.text);
  expect(again.trace).toEqual(one.trace);
  expect(other.text).not.toBe(one.text);
});

describe('what is lost', () => {
  test('nothing without a partition, nor with a single server', async () => {
    expect(lostOf(await runs(ARTICLE, ['faults=[]']))).toBe(0);
    for (const { valid, acknowledged } of await runs('plans/redis-single.yaml')) {
      expect(valid).toBe(true);
      expect(acknowledged).toHaveLength(2000);
    }
  });

  test('more with a longer partition', async () => {
    const [short, long] = [await runs(ARTICLE, ['faults[0].for=8s']), await runs(ARTICLE)];
    expect(lostOf(short)).toBeGreaterThan(0);
    expect(lostOf(long)).toBeGreaterThan(lostOf(short));
  });

  test('less where a silent primary is taken for down sooner', async () => {
    const quick = await runs(ARTICLE, ['database.redis.down_after=500ms']);
    expect(lostOf(quick)).toBeGreaterThan(0);
    expect(lostOf(quick)).toBeLessThan(lostOf(await runs(ARTICLE)));
  });

  test('no more than the lag allows where writes need replicas', async () => {
    const bounded = ['database.redis.min_replicas_to_write=2', 'database.redis.min_replicas_max_lag=2'];
    for (const { lost } of await runs(ARTICLE, bounded)) {
      expect(lost.length).toBeGreaterThan(0);
      // The lag counts whole seconds and is looked at once a second: four of them at 100 writes a second.
      expect(lost.length).toBeLessThanOrEqual(400);
    }
  });

  test('nothing that two replicas acknowledged, in this partition', async () => {
    for (const { valid, lost, unknown } of await runs('plans/redis-sentinel-wait.yaml')) {
      expect(valid).toBe(true);
      expect(lost).toEqual([]);
      expect(unknown).toBeGreaterThan(0);
    }
  });

  test('all until the demotion for clients that do not ask again', async () => {
    const [each, once] = [await runs(ARTICLE), await runs(ARTICLE, ['database.redis.ask_sentinel=on-error'])];
    expect(lostOf(once)).toBeGreaterThan(lostOf(each));
  });
});

describe('a primary that is gone', () => {
  const fault = (kind: string, more: readonly string[] = []) =>
    runs(ARTICLE, [`faults=[{at: 3s, for: 10s, ${kind}: primary}]`, ...more]);

  test.each(['kill', 'pause'])('%s: another takes over, and the clients go on', async (kind) => {
    for (const { trace, history } of await fault(kind)) {
      expect(trace.filter(({ what }) => what === 'promotion')).toHaveLength(1);
      const promotedNs = trace.find(({ what }) => what === 'promotion')?.time as number;
      const during = history.filter(({ type, f, time }) => type === 'ok' && f === 'add' && time > promotedNs);
      expect(during.length).toBeGreaterThan(500);
      // The old one is turned into a replica.
      expect(trace.some(({ node, what }) => node === 'n1' && what === 'demotion')).toBe(true);
    }
  });

  test.each([3, 7])('with %i nodes', async (nodes) => {
    for (const { trace } of await fault('kill', [`nodes=${nodes}`]))
      expect(trace.filter(({ what }) => what === 'promotion')).toHaveLength(1);
  });

  test('with so many Sentinels gone that the rest are no majority: nobody takes over', async () => {
    for (const { trace } of await runs(ARTICLE, ['faults=[{at: 3s, for: 10s, kill: [n1, n2, n3]}]']))
      expect(trace.filter(({ what }) => what === 'elected-leader')).toEqual([]);
  });
});
