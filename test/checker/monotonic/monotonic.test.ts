import { expect, test } from 'vitest';
import { monotonic } from '../../../src/checker/monotonic/index.ts';
import { checking } from '../checking.ts';

const check = checking(monotonic, { real_time: false });
const realTime = (text: string) => check(text, { real_time: true });

test('values that grow, and reads that lag behind others', async () => {
  const text =
    '0 read, 0 ok null, 0 increment, 0 ok 1, 1 increment, 1 ok 2, 2 read, 2 ok 1, 2 read, 2 ok 2, 2 read, 2 ok 2';
  expect(await check(text)).toEqual({ valid: true, operations: 6, went_back: 0, not_increased: 0, duplicated: 0 });
  expect(await realTime(text)).toMatchObject({ valid: false, went_back: 1 });
});

test('a process that sees a smaller value than before', async () => {
  const result = await check('0 read, 0 ok 5, 1 read, 1 ok 9, 0 read, 0 ok 4, 0 read, 0 ok null, 0 read, 0 ok 5');
  expect(result).toEqual({
    valid: false,
    why: '2 of 5 operations saw what they may not; the first: process 0 read 4, after operation 1 had seen 5 (operation 5)',
    operations: 5,
    went_back: 2,
    not_increased: 0,
    duplicated: 0,
    violations: [
      { kind: 'went-back', index: 5, time: 5, process: 0, f: 'read', value: 4, seen: 5, seen_index: 1 },
      { kind: 'went-back', index: 7, time: 7, process: 0, f: 'read', value: null, seen: 5, seen_index: 1 },
    ],
    broken: [{ what: 'process 0 saw 4 after 5', index: 5, from: 5, until: 9 }],
  });
  expect(monotonic.text(result)[0]).toBe(
    '5 values seen; 2 went back, 0 increments did not increase, 0 gave a value twice',
  );
});

test('an increment gives more than was seen, and what no other gave', async () => {
  expect(await check('0 read, 0 ok 5, 0 increment, 0 ok 5')).toMatchObject({
    valid: false,
    not_increased: 1,
    went_back: 0,
  });
  expect(await check('0 increment, 0 ok 5, 0 read, 0 ok 5')).toMatchObject({ valid: true });
  expect(await check('0 increment, 0 ok 1, 1 increment, 1 ok 1')).toMatchObject({
    valid: false,
    duplicated: 1,
    violations: [{ kind: 'duplicate', index: 3, seen: 1, seen_index: 1 }],
    broken: [{ what: 'process 1 was given 1 again', index: 3, from: 3 }],
  });
});

test('over real time only what had ended before counts', async () => {
  expect(await realTime('0 read, 1 read, 1 ok 7, 0 ok 3')).toMatchObject({ valid: true });
  expect(await realTime('1 read, 1 ok 7, 0 read, 0 ok 3')).toMatchObject({ valid: false, went_back: 1 });
  expect(await realTime('1 read, 1 ok 7, 0 increment, 0 ok 7')).toMatchObject({ valid: false, not_increased: 1 });
  expect(await realTime('1 read, 1 ok 7, 2 read, 2 ok 3, 0 read, 0 ok 5')).toMatchObject({
    valid: false,
    went_back: 2,
  });
});

test('what did not end ok tells nothing', async () => {
  const text = '0 increment, 0 ok 5, 1 increment, 1 info, 2 increment, 2 fail, 3 read';
  expect(await check(text)).toMatchObject({ valid: true, operations: 1 });
});

test("a node's own read is a read", async () => {
  expect(await check('0 read, 0 ok 5, 0 read-node ["n1",null], 0 ok ["n1",4]')).toMatchObject({
    valid: false,
    went_back: 1,
  });
});

test.each([
  ['', 'no value was seen'],
  ['0 increment, 0 ok null', 'the value of increment 1 is not an integer: null'],
  ['0 read, 0 ok "5"', 'the value of read 1 is not an integer: "5"'],
])('"%s": unknown', async (text, why) => {
  expect(await check(text)).toMatchObject({ valid: 'unknown', why });
});

test('what had been seen is told by who saw it first', async () => {
  expect(await check('0 read, 0 ok 5, 0 read, 0 ok 5, 0 read, 0 ok 4')).toMatchObject({
    violations: [{ seen_index: 1 }],
  });
});
