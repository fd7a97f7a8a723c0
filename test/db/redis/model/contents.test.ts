/** The trace says at every moment which elements each server has: writes, streams, resyncs, starts, and kills. */
import { expect, test } from 'vitest';
import { simulateLookedInto } from '../../contents.ts';

/** Faults that overlap and follow each other, on a primary and on replicas. */
const PLAN = {
  plan: 1,
  nodes: 5,
  environment: { sim: { kill: 'process' } },
  database: { redis: { down_after: '2s', appendonly: false } },
  workload: { clients: 5, rate: '25/s', timeout: '2s', set: { writes: 1000 } },
  faults: [
    {
      at: '3s',
      for: '8s',
      partition: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    },
    { at: '6s', for: '3s', kill: ['n4'] },
    { at: '15s', for: '4s', pause: 'primary' },
    { at: '21s', for: '1s', kill: 'primary' },
    { at: '26s', for: '5s', kill: 'minority' },
    { at: '33s', for: '2s', partition: 'primary' },
  ],
  settle: '10s',
};

const DISKS = ['snapshots', 'log'] as const;
const KILLS = ['process', 'machine'] as const;
const cases = DISKS.flatMap((disk) => KILLS.flatMap((kill) => [1, 2, 3].map((seed) => ({ disk, kill, seed }))));

test.each(cases)(
  'faults of all kinds, $disk on disk, a kill of the $kill, seed $seed',
  async ({ disk, kill, seed }) => {
    const run = await simulateLookedInto(PLAN, seed, [
      `database.redis.appendonly=${disk === 'log'}`,
      `environment.sim.kill=${kill}`,
    ]);
    expect(run.error).toBeUndefined();
    expect(run.differences).toEqual([]);
    expect(run.samples).toBeGreaterThan(2_000);
    expect(run.seen).toBeGreaterThan(100_000);
    const kinds = new Set(run.trace.filter(({ change }) => change !== undefined).map(({ what }) => what));
    for (const kind of ['write', 'apply', 'sync-done', 'discard', 'killed', 'loaded']) expect(kinds).toContain(kind);
  },
);

test('the client says to whom it sends', async () => {
  const { trace, acknowledged } = await simulateLookedInto(PLAN, 1);
  const sent = new Map(
    trace.filter(({ what }) => what === 'send').map(({ elements, words }) => [elements?.[0], words]),
  );
  for (const element of acknowledged) expect(sent.get(element)).toMatch(new RegExp(`^sends ${element} to n[1-5]$`));
});
