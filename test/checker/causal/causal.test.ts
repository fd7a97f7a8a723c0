import { expect, test } from 'vitest';
import { causal } from '../../../src/checker/causal/index.ts';
import { comments } from '../../../src/checker/comments/index.ts';
import { checking } from '../checking.ts';

const check = checking(causal);

test.each([
  ['both', '0 write 1, 0 ok, 0 write 2, 0 ok, 1 read, 1 ok [2,1]'],
  ['only the first', '0 write 1, 0 ok, 0 write 2, 0 ok, 1 read, 1 ok [1]'],
  ['nothing', '0 write 1, 0 ok, 1 read, 1 ok []'],
  ['one of two that overlap', '0 write 1, 1 write 2, 0 ok, 1 ok, 2 read, 2 ok [2]'],
  ['one after one without an answer', '0 write 1, 0 info, 1 write 2, 1 ok, 2 read, 2 ok [2]'],
  ['one after one that failed', '0 write 1, 0 fail, 1 write 2, 1 ok, 2 read, 2 ok [2]'],
  ['what nobody wrote', '0 write 1, 0 ok, 2 read, 2 ok [9]'],
  ['one that was written again later', '0 write 2, 0 ok, 0 write 1, 0 ok, 0 write 2, 0 ok, 1 read, 1 ok [2]'],
])('a read that sees %s: valid', async (_, text) => {
  expect(await check(text)).toMatchObject({ valid: true, errors: [] });
});

test('a read that sees a write but not one that had ended before it began: invalid', async () => {
  const writes = '0 write 1, 1 write 3, 0 ok, 1 ok, 0 write 2, 0 info, 0 write 5, 0 ok';
  const result = await check(`${writes}, 2 read, 2 ok [2], 2 read, 2 ok [1,2,3], 2 read, 2 ok [5]`);
  expect(result).toEqual({
    valid: false,
    why: '2 of 3 reads saw a write but not one before it; the first: read 9 saw 2, but not 1 and 1 others, written before it',
    writes: 4,
    reads: 3,
    error_count: 2,
    errors: [
      { index: 9, missing: [1, 3], missing_count: 2, expected_count: 2, seen: 2 },
      { index: 13, missing: [1, 3], missing_count: 2, expected_count: 2, seen: 5 },
    ],
    broken: [
      { what: 'read 9 saw 2, but not 1 and 1 others, written before it', index: 9, from: 9, until: 11 },
      { what: 'read 13 saw 5, but not 1 and 1 others, written before it', index: 13, from: 13 },
    ],
  });
  expect(causal.text(result)).toEqual([
    '4 writes, 3 reads, 2 of which saw a write but not one before it',
    'read 9 saw 2, but not 1 and 1 others, written before it',
    'read 13 saw 5, but not 1 and 1 others, written before it',
  ]);
});

test('a write that failed has not begun: written again it comes after all that had ended by then', async () => {
  const again = (first: string) => `${first}, 1 write 2, 1 ok, 2 write 1, 2 ok, 3 read, 3 ok [1]`;
  expect(await check(again('0 write 1, 0 fail'))).toMatchObject({ valid: false, errors: [{ seen: 1, missing: [2] }] });
  expect(await check(again('0 write 1, 0 info'))).toMatchObject({ valid: true });
  expect(await check(again('0 write 1, 4 write 1, 0 fail'))).toMatchObject({ valid: true });
});

test('what had to be seen is told whatever the process: expected_count counts what was seen of it, too', async () => {
  const result = await check('0 write 1, 0 ok, 1 write 2, 1 ok, 2 write 3, 3 read, 3 ok [3,1]');
  expect(result).toMatchObject({ errors: [{ index: 6, missing: [2], expected_count: 2 }] });
});

test.each([
  ['', 'nothing was read'],
  ['0 write 1, 0 ok', 'nothing was read'],
  ['1 read, 1 ok []', 'nothing was written'],
  ['0 write null, 0 ok, 1 read, 1 ok []', 'write 0 has no value'],
  [
    '0 write ["k",1], 0 ok, 1 read ["k",null], 1 ok ["k",[1]]',
    'read 2 has a key: let `independent` have the history of each key judged',
  ],
  ['0 write 1, 0 ok, 1 read, 1 ok 1', 'the value of read 3 is not a list: 1'],
])('"%s": unknown', async (text, why) => {
  expect(await check(text)).toMatchObject({ valid: 'unknown', why });
});

test('comments judges by the same definition', async () => {
  const text = '0 write 1, 0 ok, 0 write 2, 0 ok, 1 read, 1 ok [2]';
  expect(await checking(comments)(text)).toEqual(await check(text));
  expect(comments.text(await check(text))).toEqual(causal.text(await check(text)));
});
