import { expect, test } from 'vitest';
import { history } from '../checker/notation.ts';
import { type BruteModel, bruteRegister, firstBad } from './brute.ts';
import { callsOf } from './calls.ts';

const bad = (text: string, model: BruteModel = bruteRegister(0, 'absent'), foresight = false) => {
  const calls = callsOf(history(text));
  return calls[firstBad(calls, model, foresight)]?.complete;
};

test.each([
  ['the initial value', '0 read, 0 ok 0', undefined],
  ['another', '0 read, 0 ok 1', 1],
  ['a read beside a write sees either', '0 write 1, 1 read, 1 ok 0, 1 read, 1 ok 1, 0 ok', undefined],
  ['but not one after the other', '0 write 1, 1 read, 1 ok 1, 1 read, 1 ok 0, 0 ok', 4],
  ['an unknown write happens', '0 write 1, 0 info, 1 read, 1 ok 0, 1 read, 1 ok 1', undefined],
  ['but once', '0 write 1, 0 info, 1 write 2, 1 ok, 1 read, 1 ok 1, 1 write 2, 1 ok, 1 read, 1 ok 1', 9],
  ['a cas takes what is there', '0 cas [0,1], 0 ok, 0 cas [0,1], 0 ok', 3],
  ['of two completions the first that does not fit', '0 read, 1 read, 1 ok 7, 0 ok 8', 2],
  ['a write that is invoked later', '0 read, 0 ok 1, 1 write 1, 1 ok', 1],
  ['a read of one node', '0 write 1, 0 ok, 0 read-node ["n1",null], 0 ok ["n1",0]', 3],
])('a register: %s', (_, text, index) => {
  expect(bad(text)).toBe(index);
});

test('null that says nothing', () => {
  expect(bad('0 read, 0 ok null', bruteRegister(0, 'unknown'))).toBe(undefined);
  expect(bad('0 read, 0 ok null', bruteRegister(null, 'absent'))).toBe(undefined);
  expect(bad('0 read, 0 ok null', bruteRegister(0, 'absent'))).toBe(1);
});

test('what an open call will be told is known with foresight only', () => {
  /** Hands out 1, then 2; without a result it may be either way. */
  const tickets: BruteModel<number> = {
    initial: 0,
    step: (state, _, __, output) => (output === undefined || output === state + 1 ? state + 1 : undefined),
  };
  const text = '0 take, 1 take, 1 ok 2, 0 ok 3';
  expect(bad(text, tickets)).toBe(3);
  expect(bad(text, tickets, true)).toBe(2);
});
