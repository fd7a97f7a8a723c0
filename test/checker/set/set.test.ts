import { expect, test } from 'vitest';
import { set } from '../../../src/checker/set/index.ts';
import type { CheckerResult } from '../../../src/contract/index.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { historyOf } from '../../../src/history/index.ts';
import { history } from '../notation.ts';

const check = async (text: string, lost = 0): Promise<CheckerResult> =>
  set.check(history(text), { lost }, BARE_CONTEXT);

test('every acknowledged element is there: valid', async () => {
  expect(await check('0 add 1, 1 add 2, 0 ok, 1 ok, 0 read, 0 ok [1,2]')).toEqual({
    valid: true,
    attempted: 2,
    acknowledged: 2,
    unknown: 0,
    ack_rate: 1,
    loss_rate: 0,
    recovered_rate: 0,
    survivors: 2,
    lost: 0,
    recovered: 0,
    unexpected: 0,
    duplicated: 0,
    failed_but_present: 0,
    lost_elements: '',
    recovered_elements: '',
    unexpected_elements: '',
    duplicated_elements: '',
    failed_but_present_elements: '',
    final_read: 4,
  });
});

test('acknowledged elements that are missing are lost; the setting says how many may be', async () => {
  const text = '0 add 1, 0 ok, 0 add 2, 0 ok, 0 add 3, 0 ok, 0 add 9, 0 ok, 0 read, 0 ok [2]';
  expect(await check(text)).toMatchObject({
    valid: false,
    lost: 3,
    lost_elements: '1 3 9',
    loss_rate: 0.75,
    why: '3 acknowledged writes are not in the final read (at most 0 may be missing)',
  });
  expect(await check(text, 2)).toMatchObject({ valid: false });
  expect(await check(text, 3)).toMatchObject({ valid: true, lost: 3 });
});

test('an info and an add that never completed may be there or not', async () => {
  expect(await check('0 add 1, 0 ok, 1 add 2, 1 info, 2 add 3, 3 add 4, 3 info, 0 read, 0 ok [1,2,3]')).toMatchObject({
    valid: true,
    acknowledged: 1,
    recovered: 2,
    recovered_elements: '2..3',
    recovered_rate: 2,
    failed_but_present: 0,
  });
});

test('what became of an info counts where it was looked up', async () => {
  const told = (answer: string, read: string) =>
    check(`1 add 1, 1 ok, 0 add 2, 0 info, 0 verify 2, 0 ok ${answer}, 2 read, 2 ok ${read}`);
  expect(await told('[2,true]', '[1,2]')).toMatchObject({ valid: true, acknowledged: 2, unknown: 0, recovered: 0 });
  expect(await told('[2,true]', '[1]')).toMatchObject({ valid: false, lost_elements: '2' });
  expect(await told('[2,false]', '[1]')).toMatchObject({ valid: true, acknowledged: 1, unknown: 0 });
  expect(await told('[2,false]', '[1,2]')).toMatchObject({ valid: false, failed_but_present_elements: '2' });
  expect(await told('2', '[1,2]')).toMatchObject({
    valid: 'unknown',
    why: 'the value of verify 5 is not [integer, true or false]: 2',
  });
});

test('it is unknown as long as nobody has found out', async () => {
  expect(
    await check(
      '0 add 1, 0 ok, 0 add 2, 0 info, 0 verify 2, 0 fail, 1 add 3, 2 add 4, 2 info, 2 add 4, 2 ok, 5 read, 5 ok [1,4]',
    ),
  ).toMatchObject({ valid: true, attempted: 4, acknowledged: 2, unknown: 2 });
});

test('a read that was begun before something was found to have happened is not final', async () => {
  const text = '0 add 1, 0 ok, 0 add 2, 0 info, 1 read, 0 verify 2, 0 ok [2,true], 1 ok [1]';
  expect(await check(text)).toMatchObject({ valid: 'unknown' });
});

test('a fail that is there after all is recovered, and invalid: a fail says that nothing happened', async () => {
  expect(await check('0 add 1, 0 ok, 0 add 2, 0 fail, 0 read, 0 ok [1,2]')).toMatchObject({
    valid: false,
    why: '1 writes that are said not to have happened are in the final read',
    recovered_elements: '2',
    failed_but_present_elements: '2',
  });
});

test('an element that was tried again is what its best try says', async () => {
  expect(await check('0 add 1, 0 fail, 0 add 1, 0 ok, 0 read, 0 ok [1]')).toMatchObject({ valid: true, attempted: 1 });
  expect(await check('0 add 1, 0 ok, 0 add 1, 0 fail, 0 read, 0 ok []')).toMatchObject({ valid: false, lost: 1 });
  expect(await check('0 add 5, 0 ok, 0 add 1, 1 add 1, 0 info, 1 fail, 2 read, 2 ok [1,5]')).toMatchObject({
    valid: true,
    failed_but_present: 0,
  });
});

test('elements from nowhere and elements twice are invalid, however little was acknowledged', async () => {
  expect(await check('0 add 1, 0 ok, 0 read, 0 ok [1,7,8]')).toMatchObject({
    valid: false,
    survivors: 1,
    unexpected: 2,
    unexpected_elements: '7..8',
  });
  expect(await check('0 add 1, 0 ok, 0 read, 0 ok [1,1,1]')).toMatchObject({
    valid: false,
    survivors: 1,
    duplicated: 1,
    duplicated_elements: '1',
  });
  expect(await check('0 read, 0 ok [7]')).toMatchObject({ valid: false, attempted: 0, unexpected: 1 });
});

test.each([
  ['nothing at all', '', 'the set was never read'],
  ['no read', '0 add 1, 0 ok', 'the set was never read'],
  ['no read that was ok', '0 add 1, 0 ok, 0 read, 0 fail, 1 read, 1 info', 'the set was never read'],
  ['a read before the last add', '0 add 1, 0 ok, 0 read, 0 ok [1], 0 add 2, 0 ok', /^no read was final/],
  ['a read while an add was under way', '0 add 1, 1 read, 0 ok, 1 ok []', /^no read was final/],
  ['no attempt', '0 read, 0 ok []', 'nothing was written'],
  ['no acknowledgement', '0 add 1, 0 info, 1 read, 1 ok []', 'no write was acknowledged, so none could be lost'],
  ['an odd element', '0 add "x", 0 ok, 0 read, 0 ok []', 'the value of add 0 is not an integer: "x"'],
  ['a fraction', '0 add 1.5, 0 ok, 0 read, 0 ok []', 'the value of add 0 is not an integer: 1.5'],
  ['no list', '0 add 1, 0 ok, 0 read, 0 ok null', 'the value of read 2 is not a list of integers: null'],
  ['an odd list', '0 add 1, 0 ok, 0 read, 0 ok [1,"2"]', 'the value of read 2 is not a list of integers: [1,"2"]'],
  [
    'an odd node',
    '0 add 1, 0 ok, 0 read, 0 ok [1], 0 read-node ["n1",null], 0 ok null',
    'the value of read 4 is not a list of integers: null',
  ],
])('%s: unknown', async (_, text, why) => {
  const result = await check(text);
  expect(result.valid).toBe('unknown');
  expect(result.why).toMatch(why);
});

test('a set that was never read: what its last reader was told', async () => {
  const reading = { process: 0, f: 'read', value: null, time: 0 } as const;
  const ops = [
    { ...reading, index: 0, type: 'invoke' },
    { ...reading, index: 1, type: 'info', error: 'timeout' },
    { ...reading, index: 2, type: 'invoke' },
    { ...reading, index: 3, type: 'fail', error: 'the body is not JSON' },
  ] as const;
  const { why } = await set.check(historyOf(ops), { lost: 0 }, BARE_CONTEXT);
  expect(why).toBe('the set was never read; the last try ended fail: the body is not JSON');
});

test('the read that counts is the last invoked of those that are final', async () => {
  const early = '0 add 1, 0 ok, 0 read, 0 ok []';
  expect(await check(`${early}, 0 read, 0 ok [1]`)).toMatchObject({ valid: true, final_read: 4 });
  // Process 1's read was open while 2 was acknowledged: it completes last, but is not the final one.
  expect(await check('0 add 2, 1 read, 0 ok, 2 read, 2 ok [2], 1 ok []')).toMatchObject({ valid: true, final_read: 3 });
  // An add that ended info is no reason to distrust a read: it may take effect whenever.
  expect(await check('0 add 1, 0 ok, 1 add 2, 0 read, 1 info, 0 ok [1]')).toMatchObject({ valid: true, final_read: 3 });
});

test('each node is compared with the final read, and that alone makes nothing invalid', async () => {
  const reads =
    '0 read, 0 ok [1,2], 0 read-node ["n2",null], 0 ok ["n2",[1,3]], 0 read-node ["n1",null], 0 ok ["n1",[1,2]]';
  const result = await check(`0 add 1, 0 ok, 0 add 2, 0 ok, 0 add 3, 0 info, 1 add 4, 1 ok, ${reads}`, 1);
  expect(result).toMatchObject({ valid: true });
  expect(Object.entries(result.nodes as object)).toEqual([
    ['n1', { survivors: 2, missing: 0, extra: 0, missing_elements: '', extra_elements: '' }],
    ['n2', { survivors: 2, missing: 1, extra: 1, missing_elements: '2', extra_elements: '3' }],
  ]);
  expect(set.text(result).at(-1)).toBe('n2 differs from the final read: 2 elements, 1 missing, 1 extra');
});

test.each([
  [
    '0 add 1, 0 ok, 0 add 2, 0 ok, 0 read, 0 ok [1,2]',
    ['2 total', '2 acknowledged', '2 survivors', 'All 2 writes succeeded. :-D'],
  ],
  [
    '0 add 1, 0 ok, 0 add 2, 0 fail, 0 read, 0 ok [1]',
    ['2 total', '1 acknowledged', '1 survivors', 'all 1 acked writes out of 2 succeeded. :-)'],
  ],
  [
    '0 add 1, 0 ok, 0 add 2, 0 ok, 0 read, 0 ok []',
    ['2 total', '2 acknowledged', '0 survivors', 'Expected 2 elements, but results were empty!'],
  ],
  [
    '0 read, 0 ok [4]',
    [
      '0 total',
      '0 acknowledged',
      '0 survivors',
      'Expected an empty set, but results had 1 elements!',
      '1 elements that nobody wrote',
      '(4)',
    ],
  ],
  ['0 add 1, 0 ok', ['1 total', '1 acknowledged']],
  [
    '0 add 1, 0 ok, 0 add 2, 0 fail, 0 read, 0 ok [2,2,3]',
    [
      '2 total',
      '1 acknowledged',
      '1 survivors',
      '1 acknowledged writes lost! (╯°□°)╯︵ ┻━┻',
      '(1)',
      '1 unacknowledged writes found! ヽ(´ー`)ノ',
      '(2)',
      '0.5 ack rate',
      '1.0 loss rate',
      '1.0 unacknowledged but successful rate',
      '1 elements that nobody wrote',
      '(3)',
      '1 elements more than once in the set',
      '(2)',
      '1 writes that are said not to have happened, yet are there',
      '(2)',
    ],
  ],
])('the report on: %s', async (text, lines) => {
  expect(set.text(await check(text))).toEqual(lines);
});

test('lists of fifteen are whole, of sixteen are not', async () => {
  const lost = (count: number) => Array.from({ length: count }, (_, i) => `0 add ${i}, 0 ok`).join(', ');
  const line = async (count: number) => set.text(await check(`${lost(count)}, 0 add 99, 0 ok, 0 read, 0 ok [99]`))[4];
  expect(await line(15)).toBe('(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14)');
  expect(await line(16)).toBe('0 1 2 3 4 5 ... 10 11 12 13 14 15');
});
