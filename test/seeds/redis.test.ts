/** Redis under a partition, beyond its set: each plan finds what it is there for on every seed, and nothing where nothing is cut. */
import { describe, expect, it } from 'vitest';
import { sweep, valuesOf } from './sweep.ts';

/** What each shows at least, by the names of its checker; and what makes it a plan of a healthy database, beside no fault. */
const PLANS: Readonly<Record<string, { readonly least: Readonly<Record<string, number>>; readonly healthy?: string }>> =
  {
    'redis-queue': { least: { 'total-queue.lost': 100, 'total-queue.duplicated': 30 } },
    'redis-unique-ids': { least: { 'unique-ids.duplicated': 100 } },
    // Replicas are behind without any fault.
    'redis-registers-stale': { least: {}, healthy: 'workload.register.read_from=primary' },
    'redis-lock': { least: {} },
  };

describe.each(Object.entries(PLANS))('%s', (plan, { least, healthy }) => {
  it('is invalid', () => {
    const [swept] = sweep(plan, '--seeds', '1..3');
    expect(swept!.valid).toEqual(Array(3).fill(false));
    for (const [name, value] of Object.entries(least))
      expect(Math.min(...valuesOf(swept!, name)), name).toBeGreaterThan(value);
  });

  it('is valid without the fault', () => {
    const [swept] = sweep(plan, '--seeds', '1', '--set', 'faults=[]', ...(healthy ? ['--set', healthy] : []));
    expect(swept!.valid).toEqual([true]);
  });
});
