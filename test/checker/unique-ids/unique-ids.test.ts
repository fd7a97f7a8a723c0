import { expect, test } from 'vitest';
import { uniqueIds } from '../../../src/checker/unique-ids/index.ts';
import { checking } from '../checking.ts';

const check = checking(uniqueIds);
const given = (...ids: string[]) => ids.map((id) => `0 generate, 0 ok ${id}`).join(', ');

test('ids that were given out once', async () => {
  expect(await check(`${given('5', '3', '9')}, 1 generate, 1 info, 2 generate, 2 fail, 3 generate`)).toEqual({
    valid: true,
    attempted: 6,
    acknowledged: 3,
    duplicated: 0,
    duplicates: {},
    range: [3, 9],
  });
});

test('ids that were given out more than once, the most frequent first', async () => {
  const result = await check(given('1', '2', '"2"', '1', '2', '2', '"2"'));
  expect(result).toMatchObject({
    valid: false,
    why: '3 ids were given out more than once',
    duplicated: 3,
    range: null,
    first_duplicate_index: 7,
  });
  // 2 and "2" are two.
  expect(result.duplicates).toEqual({ 2: 3, 1: 2, '"2"': 2 });
  expect((await check(given('"a"', '"a"', '[1]', '[1]', '"[1]"', '"[1]"'))).duplicates).toEqual({
    a: 2,
    '[1]': 2,
    '"[1]"': 2,
  });
  expect((await check(given('"2"', '"2"', '1', '1'))).duplicates).toEqual({ 1: 2, 2: 2 });
  expect(uniqueIds.text(await check(given('1', '2', '1', '1')))).toEqual([
    '4 asked for, 4 given out, from 1 to 2',
    '1 was given out 3 times',
  ]);
});

test('ids may be anything', async () => {
  expect(await check(given('"a"', '"b"', '[1,2]', '[1,3]', '{"a":1,"b":2}'))).toMatchObject({
    valid: true,
    range: null,
  });
  expect(await check(given('{"a":1,"b":2}', '{"b":2,"a":1}'))).toMatchObject({ valid: false });
  expect(await check(given('"b"', '"a"'))).toMatchObject({ valid: true, range: ['a', 'b'] });
  expect(await check(given('-5', '1000000', '3', '-5'))).toMatchObject({ valid: false, range: [-5, 1000000] });
});

test.each([
  ['', 'no id was given out'],
  ['0 generate, 0 fail, 1 generate, 1 info', 'no id was given out'],
  [
    given('9007199254740993', '9007199254740992'),
    'the id of generate 1 is a number too large to be told from others: ids of 64 bits must be strings',
  ],
  ['0 generate, 0 ok null, 0 generate, 0 ok null', 'generate 1 gave no id'],
])('"%s": unknown', async (text, why) => {
  expect(await check(text)).toMatchObject({ valid: 'unknown', why });
});
