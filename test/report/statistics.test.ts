import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binsOf, distributionOf, shareOf } from '../../src/report/statistics.ts';

describe('a distribution', () => {
  it('consists of values that were there', () => {
    expect(distributionOf([4, 1, 3, 2])).toEqual({ min: 1, q1: 1, median: 2, q3: 3, max: 4 });
    expect(distributionOf([5, 1, 3, 2, 4])).toEqual({ min: 1, q1: 2, median: 3, q3: 4, max: 5 });
    expect(distributionOf([7])).toEqual({ min: 7, q1: 7, median: 7, q3: 7, max: 7 });
  });
});

describe('a share', () => {
  // What defines Wilson's interval: from each end, the share that was seen is just 1.96 standard deviations away.
  it.each([
    [1, 10],
    [3, 7],
    [50, 100],
    [999, 1000],
  ])('of %i in %i runs lies in the interval of Wilson', (count, n) => {
    const { share, low, high } = shareOf(count, n);
    expect(share).toBeCloseTo(count / n, 5);
    expect(low).toBeLessThan(share);
    expect(high).toBeGreaterThan(share);
    for (const end of [low, high]) {
      expect(Math.abs(count / n - end) / Math.sqrt((end * (1 - end)) / n)).toBeCloseTo(1.96, 2);
    }
  });

  it('of none or all is not certain: the interval ends at z² / (n + z²)', () => {
    expect(shareOf(0, 100)).toEqual({ count: 0, share: 0, low: 0, high: 0.036993 });
    expect(shareOf(100, 100)).toEqual({ count: 100, share: 1, low: 0.963007, high: 1 });
  });

  it('of no runs says nothing', () => {
    expect(shareOf(0, 0)).toEqual({ count: 0, share: 0, low: 0, high: 1 });
  });
});

describe('bins', () => {
  it('are one for each whole number, where these are close together', () => {
    expect(binsOf([3, 5, 3, 4, 3])).toEqual([3, 1, 1]);
    expect(binsOf([7, 7])).toEqual([2]);
  });

  it('are twenty of equal width otherwise', () => {
    expect(binsOf([0, 0.05, 1]).length).toBe(20);
    expect(binsOf([0, 39])).toEqual([1, ...Array(18).fill(0), 1]);
    expect(binsOf([0.5, 0.5])).toEqual([2, ...Array(19).fill(0)]);
  });

  it('hold every value once, whatever the values', () => {
    const values = fc.array(fc.oneof(fc.integer(), fc.double({ noNaN: true, min: -1e9, max: 1e9 })), { minLength: 1 });
    fc.assert(
      fc.property(values, (some) => {
        expect(binsOf(some).reduce((sum, count) => sum + count, 0)).toBe(some.length);
      }),
    );
  });
});
