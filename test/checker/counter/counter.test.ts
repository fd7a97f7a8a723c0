import { expect, test } from 'vitest';
import { counter } from '../../../src/checker/counter/index.ts';
import { checking } from '../checking.ts';

const check = checking(counter);

test('a read lies between what was there when it began and what can have been there when it ended', async () => {
  const text = '0 add 1, 0 ok, 1 add 2, 2 read, 3 add 4, 2 ok 7, 1 ok, 3 ok';
  expect(await check(text)).toEqual({
    valid: true,
    adds: 3,
    read_count: 1,
    error_count: 0,
    reads: [[1, 7, 7]],
    errors: [],
  });
  expect(await check(text.replace('ok 7', 'ok 1'))).toMatchObject({ valid: true });
  expect(await check(text.replace('ok 7', 'ok 0'))).toMatchObject({ valid: false, errors: [[1, 0, 7]] });
  expect(await check(text.replace('ok 7', 'ok 8'))).toMatchObject({
    valid: false,
    why: 'a counter was read 8, not from 1 to 7',
    errors: [[1, 8, 7]],
    broken: [{ what: 'the counter was read as 8, not from 1 to 7', index: 5, from: 5 }],
  });
});

test('an addition that failed never counts, not even while it was open; one without an answer may count for ever', async () => {
  expect(await check('0 add 5, 1 read, 1 ok 5, 0 fail')).toMatchObject({ valid: false, reads: [[0, 5, 0]] });
  const after = '0 add 5, 0 info, 1 read, 1 ok 0, 1 read, 1 ok 5';
  expect(await check(after)).toMatchObject({
    valid: true,
    reads: [
      [0, 0, 5],
      [0, 5, 5],
    ],
  });
  expect(await check('0 add 5, 1 read, 1 ok 5')).toMatchObject({ valid: true, reads: [[0, 5, 5]] });
});

test('a negative addition lowers the lower bound when it is invoked, and the upper one when it has ended', async () => {
  const text = '0 add 9, 0 ok, 1 read, 2 add -3, 1 ok 6, 2 ok, 1 read, 1 ok 6';
  expect(await check(text)).toMatchObject({
    valid: true,
    reads: [
      [6, 6, 9],
      [6, 6, 6],
    ],
  });
  expect(await check('0 add -3, 1 read, 0 ok, 1 ok -3')).toMatchObject({ valid: true, reads: [[-3, -3, 0]] });
});

test('additions that complete in another order than they were invoked', async () => {
  const text = '0 add 1, 1 add 2, 2 add 4, 2 ok, 3 read, 1 ok, 3 ok 4, 4 read, 0 ok, 4 ok 6';
  expect(await check(text)).toMatchObject({
    valid: true,
    reads: [
      [4, 4, 7],
      [6, 6, 7],
    ],
  });
});

test('a stretch is broken until the counter is right again', async () => {
  expect(await check('0 read, 0 ok 1, 0 read, 0 ok 2, 0 read, 0 ok 0, 0 read, 0 ok 3')).toMatchObject({
    why: '3 of 4 reads are out of bounds; the first: read 1, not 0',
    broken: [
      { index: 1, from: 1, until: 5 },
      { index: 7, from: 7 },
    ],
  });
});

test('without a read it is valid, as Jepsen has it, and the report says that nothing was judged', async () => {
  const result = await check('0 add 1, 0 ok, 0 read, 0 fail, 1 read, 1 info');
  expect(result).toMatchObject({ valid: true, reads: [], errors: [] });
  expect(counter.text(result)).toEqual(['1 additions, and no read: nothing was judged']);
  expect(await check('')).toMatchObject({ valid: true });
});

test.each([
  ['0 add "1", 0 ok', 'the value of add 0 is not an integer: "1"'],
  ['0 write 1, 0 ok', 'no operation is one of a counter; there is "write"'],
  ['0 add 1, 0 ok, 0 read, 0 ok null', 'the value of read 3 is not an integer: null'],
  [
    '0 add 9007199254740991, 0 ok, 0 add 4, 0 ok, 0 add -9007199254740991, 0 ok, 0 read, 0 ok 4',
    'the sums are too large to be exact',
  ],
  ['0 read-node ["n1",null], 0 ok null', 'the value of read-node 1 is not an integer: undefined'],
])('%s: unknown', async (text, why) => {
  expect(await check(text)).toEqual({ valid: 'unknown', why: why.replace('undefined', 'nothing') });
});

test("a node's own read is a read", async () => {
  expect(await check('0 read-node ["n1",null], 0 ok ["n1",1]')).toMatchObject({ valid: false, errors: [[0, 1, 0]] });
});
