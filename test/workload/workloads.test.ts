/** What holds for every workload. */
import { describe, expect, it } from 'vitest';
import { workloads } from '../../src/workload/index.ts';
import { play, withDefaults } from './play.ts';

/** The key that says how much there is to do. */
const SIZE: Record<string, string> = { append: 'transactions', noop: 'count', set: 'writes' };
const VARIANTS = [{}, { read_from: 'every-node' }];

describe.each(workloads.map((workload) => [workload.name, workload] as const))('%s', (name, workload) => {
  const size = (count: number) => ({ [SIZE[name] ?? 'ops']: count });
  const variants = VARIANTS.filter((given) => Object.keys(given).every((key) => key in workload.settings.properties));

  it('does as many operations as were asked for, shared evenly', () => {
    const played = play(workload, size(10));
    const shares = [0, 1, 2].map((client) => played.filter((op) => op.client === client).length);
    // A client that holds a lock when its share is done still releases it.
    const more = name === 'lock' ? [0, 1, 1] : [0, 0, 0];
    expect(shares).toEqual([4, 3, 3].map((share, client) => share + more[client]!));
    expect(workload.count(withDefaults(workload, size(10)))).toBe(10);
    expect(play(workload, size(1), { clients: 5 }).every(({ client }) => client === 0)).toBe(true);
  });

  it.each(variants)('invokes what it says that it uses, and all of that: %o', (given) => {
    const settings = withDefaults(workload, { ...size(200), ...given });
    const reads = workload.finalReads(settings, ['n1', 'n2']);
    const used = new Set([...play(workload, settings), ...reads].map(({ f }) => f));
    expect([...used].sort()).toEqual([...(workload.uses?.(settings) ?? Object.keys(workload.ops))].sort());
    for (const f of used) expect(Object.keys(workload.ops)).toContain(f);
  });

  it('follows the seed', () => {
    expect(play(workload, size(100))).toEqual(play(workload, size(100)));
  });
});
