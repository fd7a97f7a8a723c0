import { expect, test } from 'vitest';
import { setFull } from '../../../src/checker/set-full/index.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { historyOf, type Op } from '../../../src/history/index.ts';
import { checking } from '../checking.ts';
import { history } from '../notation.ts';

const check = checking(setFull, { linearizable: false });
const linearizable = (text: string) => check(text, { linearizable: true });
const add = (value: number) => `0 add ${value}, 0 ok`;
const read = (...elements: number[]) => `1 read, 1 ok ${JSON.stringify(elements)}`;

test('an element that is always there', async () => {
  expect(await check([add(1), read(1)].join(', '))).toEqual({
    valid: true,
    attempted: 1,
    reads: 1,
    stable: 1,
    lost: 0,
    lost_elements: '',
    never_read: 0,
    never_read_elements: '',
    stale: 0,
    stale_elements: '',
    duplicated: 0,
    duplicated_elements: '',
    unexpected: 0,
    unexpected_elements: '',
    failed_but_present: 0,
    failed_but_present_elements: '',
    stable_latencies_ms: { '0': 0, '0.5': 0, '0.95': 0, '0.99': 0, '1': 0 },
  });
});

test('an element that comes late is stale, and that is invalid where the set is to be linearizable', async () => {
  const text = [add(1), read(), read(), read(1), read(1)].join(', ');
  expect(await check(text)).toMatchObject({
    valid: true,
    stable: 1,
    stale_elements: '1',
    worst_stale: [{ element: 1, known: 1, last_absent: 4 }],
    stale_stretches: [{ what: 'element 1 was not visible', index: 3, from: 3, until: 7 }],
  });
  expect(await linearizable(text)).toMatchObject({
    valid: false,
    why: '1 elements were missing from a read that began after they were known',
    broken: [{ what: 'element 1 was not visible', index: 3, from: 3, until: 7 }],
  });
});

test('an element that is gone at the end is lost', async () => {
  expect(await check([add(1), add(2), read(1, 2), read(2), read(2)].join(', '))).toMatchObject({
    valid: false,
    why: '1 elements were lost',
    stable: 1,
    lost_elements: '1',
    broken: [{ what: 'element 1 was not visible', index: 7, from: 7 }],
  });
  // Known by a read alone: its add never ended.
  expect(await check(`0 add 1, ${read(1)}, ${read()}`)).toMatchObject({ valid: false, lost: 1 });
  expect(await check(`0 add 1, ${read()}, ${read()}`)).toMatchObject({ valid: 'unknown', never_read: 1 });
});

test('a read that overlaps with the add need not have the element; the read invoked last decides', async () => {
  expect(await check('0 add 1, 1 read, 0 ok, 1 ok []')).toMatchObject({ valid: 'unknown', never_read: 1 });
  expect(await linearizable('0 add 1, 1 read, 2 read, 0 ok, 1 ok [], 2 ok [1]')).toMatchObject({
    valid: true,
    stale: 0,
  });
  expect(await check('0 add 1, 0 ok, 1 read, 2 read, 2 ok [1], 1 ok []')).toMatchObject({ valid: true, stale: 1 });
  expect(await check('0 add 1, 0 ok, 1 read, 2 read, 1 ok [1], 2 ok []')).toMatchObject({ valid: false, lost: 1 });
});

test('an element in one read twice, one that nobody added, one whose add failed', async () => {
  expect(await check([add(1), read(1, 1, 1), read(1, 1)].join(', '))).toMatchObject({
    valid: false,
    why: '1 elements were in one read more than once',
    duplicates: { '1': 3 },
    duplicated_elements: '1',
  });
  expect(await check([add(1), read(1, 7)].join(', '))).toMatchObject({
    valid: false,
    attempted: 1,
    unexpected_elements: '7',
  });
  expect(await check([read(2), add(2), read(2)].join(', '))).toMatchObject({ valid: false, unexpected_elements: '2' });
  expect(await check(`${add(1)}, 0 add 2, 0 fail, ${read(1, 2)}`)).toMatchObject({
    valid: false,
    failed_but_present_elements: '2',
  });
  expect(await check(`${add(1)}, 0 add 2, 0 fail, 0 add 2, 0 info, ${read(1, 2)}`)).toMatchObject({ valid: true });
});

test('stretches of many elements are one, as long as some are missing', async () => {
  const text = [add(1), add(2), add(3), read(3), read(2, 3), read(1, 2, 3), read(1, 2), read(1, 2, 3)].join(', ');
  expect(await linearizable(text)).toMatchObject({
    stale_elements: '1..3',
    broken: [
      { what: '2 elements, 2 first, were not visible', index: 7, from: 7, until: 11 },
      { what: 'element 3 was not visible', index: 13, from: 13, until: 15 },
    ],
  });
});

test('latencies are in milliseconds, from when it was known until it was there for good', async () => {
  const ops = [...history([add(1), read(), read(), read(1)].join(', ')).ops()].map((op: Op) => ({
    ...op,
    time: op.index * 10_000_000,
  }));
  const result = await setFull.check(historyOf(ops), { linearizable: false }, BARE_CONTEXT);
  expect(result).toMatchObject({ stable_latencies_ms: { '0': 30, '1': 30 }, worst_stale: [{ latency_ms: 30 }] });
  expect(setFull.text(result)).toEqual([
    '1 elements, 3 reads: 1 stable, 0 lost, 0 never read',
    '1 became visible late: 1',
    'the latest: 1, 30 ms after it was known',
  ]);
});

test('elements may be anything, and read by node', async () => {
  const text = '0 add "a", 0 ok, 0 add [1], 0 ok, 1 read-node ["n1",null], 1 ok ["n1",["a",[1]]]';
  expect(await check(text)).toMatchObject({ valid: true, stable: 2 });
});

test.each([
  ['', 'the set was never read'],
  [add(1), 'the set was never read'],
  [`0 add 1, ${read()}`, 'no read had an element for good'],
  ['0 add null, 0 ok', 'add 0 has no value'],
  ['1 read, 1 ok 5', 'the value of read 1 is not a list: 5'],
  [
    '0 add ["k",1], 0 ok, 1 read ["k",null], 1 ok ["k",[1]]',
    'read 2 has a key: let `independent` have the history of each key judged',
  ],
  [
    '0 add ["k",1], 0 ok, 1 read-node ["k",["n1",null]], 1 ok ["k",["n1",[1]]]',
    'read-node 2 has a key: let `independent` have the history of each key judged',
  ],
  ['1 read-node ["n1",null], 1 ok ["n1",null]', 'the value of read-node 1 is not a list: null'],
])('"%s": unknown', async (text, why) => {
  expect(await check(text)).toMatchObject({ valid: 'unknown', why });
});

test('a stretch begins with the first read that began after the element was known, not with one that was open then', async () => {
  const text = `0 add 1, 1 read, 2 read, 0 ok, 1 ok [], 3 read, 2 ok [], 3 ok [], ${read(1)}`;
  expect(await linearizable(text)).toMatchObject({
    valid: false,
    broken: [{ what: 'element 1 was not visible', index: 7, from: 7, until: 9 }],
  });
});

test('a latency ends the nanosecond after the last read without the element was invoked, as Jepsen counts', async () => {
  const ops = [...history([add(1), read(), read(1)].join(', ')).ops()].map((op: Op) => ({
    ...op,
    time: op.index < 2 ? 0 : 999_999,
  }));
  const result = await setFull.check(historyOf(ops), { linearizable: false }, BARE_CONTEXT);
  expect(result).toMatchObject({ stale: 1, stable_latencies_ms: { '1': 1 } });
});

test('an element that was read when its add had failed was there, though it was added again', async () => {
  const text = `0 add 1, 0 fail, ${read(1)}, ${add(1)}, ${read(1)}`;
  expect(await linearizable(text)).toMatchObject({ valid: false, failed_but_present: 1, unexpected: 0 });
  expect(await linearizable(`0 add 1, 0 fail, ${add(1)}, ${read(1)}`)).toMatchObject({ valid: true });
  expect(await linearizable(`0 add 1, 3 add 1, 0 fail, ${read(1)}, ${add(1)}, 3 fail`)).toMatchObject({ valid: true });
});
