import { expect, test } from 'vitest';
import { bank } from '../../../src/checker/bank/index.ts';
import { checking } from '../checking.ts';

const check = checking(bank, { total: 10, accounts: [0, 1], allow_negative: false });
const reads = (...balances: string[]) => balances.map((one) => `0 read, 0 ok ${one}`).join(', ');

test('every read finds the total', async () => {
  expect(await check(`${reads('{"0":10,"1":0}', '{"0":4,"1":6}')}, 1 read, 1 info, 2 transfer {}, 2 ok`)).toEqual({
    valid: true,
    total: 10,
    reads: 2,
    error_count: 0,
    error_types: {},
  });
});

test('one error a read, the first that applies', async () => {
  const text = reads(
    '{"0":4,"1":5}',
    '{"0":11,"1":-1}',
    '{"0":null,"1":-1}',
    '{"0":null,"2":-1}',
    '{"0":5,"1":5}',
    '{"0":9,"1":9}',
  );
  const result = await check(text);
  expect(result).toMatchObject({
    valid: false,
    why: '5 of 6 reads are wrong; the first: a total of 9, not 10',
    error_count: 5,
    error_types: { 'wrong-total': 2, 'negative-value': 1, 'nil-balance': 1, 'unexpected-key': 1 },
    first_error_index: 1,
    errors: {
      'wrong-total': {
        first: { index: 1, what: 'a total of 9, not 10' },
        worst: { index: 11 },
        last: { index: 11 },
        lowest: { index: 1 },
        highest: { index: 11 },
      },
      'negative-value': { first: { what: 'account 1 has -1' } },
      'nil-balance': { first: { what: 'no balance of 0' } },
      'unexpected-key': { first: { what: 'there is no account 2' } },
    },
    broken: [
      { index: 1, from: 1, until: 9 },
      { index: 11, from: 11 },
    ],
  });
  expect(bank.text(result).slice(0, 3)).toEqual([
    '6 reads, 5 wrong; the total is 10',
    'wrong-total: 2; the first: a total of 9, not 10 (operation 1)',
    '  the worst: a total of 18, not 10 (operation 11)',
  ]);
  expect(await check(reads('{"0":11,"1":-1}'), { allow_negative: true })).toMatchObject({ valid: true });
});

test('what is not said is what the first read found', async () => {
  const settings = { total: undefined, accounts: undefined };
  expect(await check(reads('{"a":3,"b":4}', '{"a":4,"b":3}'), settings)).toMatchObject({ valid: true, total: 7 });
  // The first may have left out an account without money.
  expect(await check(reads('{"a":7}', '{"a":4,"b":3}', '{"a":7}'), settings)).toMatchObject({
    valid: 'unknown',
    why: 'read 3 has an account b that the first one has not: say which `accounts` there are',
  });
  expect(await check(reads('{"a":7}', '{"a":4,"b":4}'), settings)).toMatchObject({ valid: false, total: 7 });
  // One without a balance does not say what the total is.
  expect(await check(reads('{"a":3,"b":null}', '{"a":3,"b":4}'), settings)).toMatchObject({
    error_types: { 'nil-balance': 1 },
    total: 7,
  });
  const text = bank.text(await check(reads('{"a":null}'), settings));
  expect(text[0]).toBe('1 reads, 1 wrong');
});

test.each([
  ['', 'the accounts were never read'],
  ['0 read, 0 fail', 'the accounts were never read'],
  ['0 read, 0 ok [1,2]', 'the value of read 1 is not whole balances by account: [1,2]'],
  ['0 read, 0 ok {"0":0.1,"1":0.2}', 'the value of read 1 is not whole balances by account: {"0":0.1,"1":0.2}'],
  [
    '0 read, 0 ok {"0":9007199254740991,"1":9}',
    'the value of read 1 is not whole balances by account: {"0":9007199254740991,"1":9}',
  ],
  ['0 read, 0 ok {"0":"ten"}', 'the value of read 1 is not whole balances by account: {"0":"ten"}'],
])('"%s": unknown', async (text, why) => {
  expect(await check(text)).toMatchObject({ valid: 'unknown', why });
});
