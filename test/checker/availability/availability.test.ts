import { expect, test } from 'vitest';
import { availability } from '../../../src/checker/availability/index.ts';
import { history } from '../notation.ts';

const THREE_OF_FOUR = '0 add 1, 0 ok, 0 add 2, 0 ok, 0 add 3, 0 ok, 0 add 4, 0 fail';

test.each([
  ['>= 75%', true],
  ['>=75%', true],
  ['> 75%', false],
  ['<= 75%', true],
  ['< 75%', false],
  ['< 75.1%', true],
  ['>= 90%', false],
])('three of four are %s: %s', async (acknowledged, valid) => {
  expect(await availability.check(history(THREE_OF_FOUR), { acknowledged })).toMatchObject({ valid, rate: 0.75 });
});

test('a bound is compared without rounding', async () => {
  const seven = Array.from({ length: 100 }, (_, i) => `0 add ${i}, 0 ${i < 7 ? 'ok' : 'fail'}`).join(', ');
  expect(await availability.check(history(seven), { acknowledged: '>= 7%' })).toMatchObject({ valid: true });
});

test('counts by outcome; an open operation is info, and reads do not count', async () => {
  const text = `${THREE_OF_FOUR}, 0 add 5, 1 add 6, 1 info, 2 read, 2 fail, 2 read-node ["n1",null], 2 ok ["n1",[]]`;
  const result = await availability.check(history(text), { acknowledged: '>= 90%' });
  expect(result).toEqual({
    valid: false,
    why: '50% of the operations were acknowledged, not >= 90%',
    attempted: 6,
    ok: 3,
    fail: 1,
    info: 2,
    rate: 0.5,
    bound: '>= 90%',
  });
  expect(availability.text(result)).toEqual([
    '50% of 6 operations acknowledged (bound: >= 90%)',
    '3 ok, 1 fail, 2 info',
  ]);
});

test('without operations it is unknown', async () => {
  const result = await availability.check(history('0 read, 0 ok []'), { acknowledged: '>= 0%' });
  expect(result).toMatchObject({ valid: 'unknown', why: 'no operation was attempted' });
  expect(availability.text(result)).toEqual(['no operation was attempted']);
});
