import { expect, test } from 'vitest';
import { isWithin, parseBound } from '../../src/base/bound.ts';

test.each([
  ['>= 90%', { sign: '>=', value: 90, unit: '%' }],
  ['<200ms', { sign: '<', value: 200, unit: 'ms' }],
  ['<= 1.5s', { sign: '<=', value: 1500, unit: 'ms' }],
  ['< 2m', { sign: '<', value: 120_000, unit: 'ms' }],
  ['0', { sign: '=', value: 0, unit: undefined }],
  ['!= -3', { sign: '!=', value: -3, unit: undefined }],
])('%s', (text, bound) => {
  expect(parseBound(text)).toEqual(bound);
});

test.each(['', '>=', '90 %', '> > 1', '=> 1', '1e9', '1d', '< -5s', 'about 3'])('"%s" is no bound', (text) => {
  expect(parseBound(text)).toBeUndefined();
});

test.each([
  ['>= 5', 5, true],
  ['> 5', 5, false],
  ['<= 5', 5, true],
  ['< 5', 5, false],
  ['= 5', 5, true],
  ['!= 5', 5, false],
  ['>= 7%', 0.07 * 100, true],
  ['<= 7%', 0.07 * 100, true],
  ['= 7%', 7.0001, false],
])('%s of %d: %s', (text, value, within) => {
  expect(isWithin(parseBound(text)!, value)).toBe(within);
});
