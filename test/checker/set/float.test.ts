import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatFloat } from '../../../src/checker/set/float.ts';

test.each([
  [0, '0.0'],
  [1, '1.0'],
  [0.999, '0.999'],
  [2 / 950, '0.002105263'],
  [0.001, '0.001'],
  [0.000999, '9.99E-4'],
  [2 / 5700, '3.508772E-4'],
  [1 / 5700, '1.754386E-4'],
  [0.0001, '1.0E-4'],
  [1 / 3, '0.33333334'],
  [9999999, '9999999.0'],
  [1e7, '1.0E7'],
  [-0.5, '-0.5'],
])('%d is %s', (value, text) => {
  expect(formatFloat(value)).toBe(text);
});

test('the text is the same float again, and no shorter one would be', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = formatFloat(value);
      const digits = text.replace(/E.*|[-.]/g, '').replace(/^0+|0+$/g, '').length;
      expect(Math.fround(Number(text))).toBe(value === 0 ? 0 : value);
      if (digits > 1) expect(Math.fround(Number(value.toPrecision(digits - 1)))).not.toBe(value);
    }),
  );
});
