import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Broken, mergeBroken } from '../../src/contract/index.ts';

const stretch = (from: number, until?: number, index = from): Broken => ({
  what: `at ${from}`,
  index,
  from,
  ...(until !== undefined && { until }),
});

test('stretches that overlap or touch are one, with the words of the first', () => {
  expect(mergeBroken([stretch(30, 40), stretch(5, 20), stretch(10, 12), stretch(20, 25)])).toEqual([
    stretch(5, 25),
    stretch(30, 40),
  ]);
});

test('and those that are not further apart than is said', () => {
  expect(mergeBroken([stretch(0, 10), stretch(15, 20)], 4)).toHaveLength(2);
  expect(mergeBroken([stretch(0, 10), stretch(15, 20)], 5)).toEqual([stretch(0, 20)]);
});

test('one without an end takes in all that follow', () => {
  expect(mergeBroken([stretch(0, 10), stretch(5), stretch(100, 200)])).toEqual([stretch(0)]);
  expect(mergeBroken([stretch(0), stretch(3, 5)])).toEqual([stretch(0)]);
});

test('every moment that was broken stays so, and no other becomes it', () => {
  const one = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), (spans) => {
      const given = spans.map(([from, long]) => stretch(from, from + long));
      const merged = mergeBroken(given);
      const covers = (all: readonly Broken[], at: number) =>
        all.some(({ from, until = from }) => from <= at && at <= until);
      for (let at = 0; at <= 50; at += 0.5) expect(covers(merged, at)).toBe(covers(given, at));
      for (const [i, { from }] of merged.entries())
        if (i > 0) expect(from).toBeGreaterThan(merged[i - 1]?.until as number);
    }),
    { numRuns: 200 },
  );
});
