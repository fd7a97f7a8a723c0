import { expect, test } from 'vitest';
import { longFork } from '../../../src/checker/long-fork/index.ts';
import { checking } from '../checking.ts';

const check = checking(longFork, { group_size: 2 });

let process = 0;
/** A read of keys 0, 1, ... that sees these values; `-` is nothing. */
const read = (seen: string, first = 0) => {
  const ops = (see: boolean) =>
    JSON.stringify([...seen].map((value, i) => ['r', first + i, see && value !== '-' ? Number(value) : null]));
  process++;
  return `${process} txn ${ops(false)}, ${process} ok ${ops(true)}`;
};
const write = (key: number, end = 'ok') => `${++process} txn [["w",${key},1]], ${process} ${end}`;

test('reads that see writes in one order', async () => {
  expect(await check([write(0), read('--'), read('1-'), write(1), read('11'), read('1-')].join(', '))).toEqual({
    valid: true,
    reads: 4,
    early_reads: 1,
    late_reads: 1,
    fork_count: 0,
  });
  // Other groups are of no concern, nor are keys that were looked at in another order.
  expect(await check([read('1-'), read('-1', 2)].join(', '))).toMatchObject({ valid: true });
  expect(
    await check('0 txn [["r",1,null]], 0 ok [["r",1,1],["r",0,null]], 1 txn [], 1 ok [["r",0,1],["r",1,1]]'),
  ).toMatchObject({ valid: true });
});

test('reads that see two writes in opposite orders', async () => {
  const result = await check([read('1-'), read('11'), read('-1'), read('-1')].join(', '));
  expect(result).toMatchObject({
    valid: false,
    why: '2 pairs of reads saw writes in opposite orders; the first: read 1 saw key 0 but not 1, read 5 saw 1 but not 0',
    fork_count: 2,
    forks: [
      [1, 5],
      [1, 7],
    ],
    broken: [{ what: 'reads 1 and 5 saw writes in opposite orders', index: 5, from: 5 }, { index: 7 }],
  });
  expect(longFork.text(result)).toEqual([
    '4 reads; 0 saw nothing yet, 1 everything',
    '2 forks; the first: read 1 saw key 0 but not 1, read 5 saw 1 but not 0',
  ]);
});

test('a fork of three keys need not be between neighbours', async () => {
  const text = [read('1--'), read('-11'), read('111'), read('---')].join(', ');
  expect(await check(text, { group_size: 3 })).toMatchObject({ valid: false, forks: [[1, 3]] });
});

test.each([
  ['nothing', '', { why: 'nothing was read' }],
  ['no read', write(0), { why: 'nothing was read' }],
  ['a key that is written twice', [write(0), write(0), read('1-')].join(', '), { error: ['multiple-writes', 0] }],
  ['a key with two values', [read('1-'), read('2-')].join(', '), { why: 'key 0 was read with two values' }],
  ['a read of another number of keys', read('1'), { why: 'read 1 looked at 1 keys, not 2' }],
  [
    'another transaction',
    '0 txn [["r",0,null],["w",1,1]], 0 ok',
    { why: /^operation 1 neither writes one key nor reads/ },
  ],
  ['no transaction', '0 read, 0 ok 5', { why: 'operation 1 neither writes one key nor reads a group: 5' }],
])('%s: unknown', async (_, text, { why, error }: { why?: string | RegExp; error?: unknown[] }) => {
  const result = await check(text);
  expect(result.valid).toBe('unknown');
  if (why !== undefined) expect(result.why).toMatch(why);
  if (error !== undefined) expect(result.error).toEqual(error);
});

test('a write that failed was none', async () => {
  expect(await check([write(0, 'fail'), write(0), read('1-')].join(', '))).toMatchObject({ valid: true });
});
