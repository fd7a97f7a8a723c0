import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSeeds, parseSeeds, SEED_MAX } from '../../src/base/seeds.ts';

describe('seeds', () => {
  it.each([
    ['7', [7]],
    ['0', [0]],
    ['1..4', [1, 2, 3, 4]],
    ['1,5,9..12', [1, 5, 9, 10, 11, 12]],
    ['9..10, 1 ,9', [1, 9, 10]],
    [`${SEED_MAX - 1}..${SEED_MAX}`, [SEED_MAX - 1, SEED_MAX]],
  ])('%j is read', (text, seeds) => {
    expect(parseSeeds(text)).toEqual(seeds);
  });

  it.each([
    ['', '"" is neither a seed nor a range of seeds'],
    ['x', '"x" is neither a seed nor a range of seeds'],
    ['-1', '"-1" is neither a seed nor a range of seeds'],
    ['1..', '"1.." is neither a seed nor a range of seeds'],
    ['1-5', '"1-5" is neither a seed nor a range of seeds'],
    ['9..1', 'The range 9..1 runs backwards: write 1..9'],
    ['4294967296', 'The greatest seed is 4294967295, not 4294967296'],
    ['0..4294967295', 'There are at most 100000 seeds in a sweep'],
  ])('%j is refused', (text, why) => {
    expect(parseSeeds(text)).toBe(why);
  });

  it('are written as they are read', () => {
    const seeds = fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 1 });
    fc.assert(
      fc.property(seeds, (some) => {
        const sorted = some.sort((a, b) => a - b);
        expect(parseSeeds(formatSeeds(sorted))).toEqual(sorted);
      }),
    );
    expect(formatSeeds([1, 2, 3, 5, 9, 10])).toBe('1..3,5,9..10');
  });
});
