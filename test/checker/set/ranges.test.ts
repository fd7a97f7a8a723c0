import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRanges, parseRanges } from '../../../src/checker/set/ranges.ts';

test.each([
  [[], ''],
  [[9], '9'],
  [[0, 1], '0..1'],
  [[0, 1, 2, 3, 4, 5, 9], '0..5 9'],
  [[-3, -2, -1, 1], '-3..-1 1'],
])('%j is "%s"', (elements, text) => {
  expect(formatRanges(elements)).toBe(text);
});

test('what was formatted is parsed again', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 50 })), (elements) => {
      const sorted = elements.sort((a, b) => a - b);
      expect(parseRanges(formatRanges(sorted))).toEqual(sorted);
    }),
  );
});
