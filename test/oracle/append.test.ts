import { expect, test } from 'vitest';
import { history } from '../checker/notation.ts';
import { anomalies } from './append.ts';

const txn = (...ops: unknown[]) => `txn ${JSON.stringify(ops)}`;
const ok = (...ops: unknown[]) => `ok ${JSON.stringify(ops)}`;
const wrong = (...entries: string[]) => anomalies(history(entries.join(', ')));

test('nothing is wrong where transactions come one after another, or are lost, or fail', () => {
  const entries = [
    `0 ${txn(['append', 1, 1], ['append', 2, 1], ['r', 1, null])}`,
    `0 ${ok(['append', 1, 1], ['append', 2, 1], ['r', 1, [1]])}`,
    `1 ${txn(['append', 1, 2])}`,
    '1 info',
    `0 ${txn(['append', 1, 3])}`,
    '0 fail',
    `2 ${txn(['r', 1, null], ['append', 1, 4], ['r', 1, null], ['r', 2, null])}`,
    `2 ${ok(['r', 1, [1, 2]], ['append', 1, 4], ['r', 1, [1, 2, 4]], ['r', 2, [1]])}`,
    `0 ${txn(['r', 1, null])}`,
    `0 ${ok(['r', 1, [1, 2, 4]])}`,
  ];
  expect(wrong(...entries)).toEqual([]);
});

const two = [`0 ${txn(['append', 1, 1], ['append', 2, 1])}`, `0 ${ok(['append', 1, 1], ['append', 2, 1])}`];
const read = (...ops: [number, number[]][]) => [
  `1 ${txn(...ops.map(([key]) => ['r', key, null]))}`,
  `1 ${ok(...ops.map(([key, list]) => ['r', key, list]))}`,
];

test.each([
  ['an element twice', [...two, ...read([1, [1, 1]])], 'list 1 has an element twice: 1,1'],
  ['what nobody appended', read([1, [7]]), 'list 1 has 7, which nobody appended'],
  [
    'what failed',
    [`0 ${txn(['append', 1, 1])}`, '0 fail', ...read([1, [1]])],
    'list 1 has 1, whose transaction failed',
  ],
  ['from the future', [...read([1, [1]]), ...two], 'list 1 has 1 before it was appended'],
  [
    'two orders',
    [`2 ${txn(['append', 1, 1])}`, `3 ${txn(['append', 1, 2])}`, ...read([1, [1, 2]]), ...read([1, [2, 1]])],
    'list 1 was read in two orders: 1,2 and 2,1',
  ],
  [
    'not its own',
    [`0 ${txn(['append', 1, 1], ['r', 1, null])}`, `0 ${ok(['append', 1, 1], ['r', 1, []])}`],
    "list 1 does not end with the transaction's own 1: ",
  ],
  [
    'in part',
    [two[0] as string, ...read([1, [1]], [2, []])],
    'a transaction was seen in part: [[1,1],[2,1]], of it [[1,1]]',
  ],
  ['lost', [...two, ...read([1, []])], 'acknowledged, and not there for a transaction that began later: [[1,1]]'],
])('%s', (_, entries, words) => {
  expect(wrong(...entries)).toContain(words);
});
