import { expect, test } from 'vitest';
import { totalQueue } from '../../../src/checker/total-queue/index.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { checking } from '../checking.ts';
import { history } from '../notation.ts';

const check = checking(totalQueue, { redelivers: false });
const put = (...values: number[]) => values.map((value) => `0 enqueue ${value}, 0 ok`).join(', ');

test('what is lost, unexpected, duplicated and recovered', async () => {
  const took = '1 dequeue, 1 ok 2, 1 dequeue, 1 ok 2, 1 dequeue, 1 ok 9, 1 dequeue, 1 ok 3';
  const result = await check(`${put(1, 2)}, 2 enqueue 3, 2 info, 3 enqueue 4, ${took}`);
  expect(result).toEqual({
    valid: false,
    why: '1 acknowledged values never came out; 1 values came out that nobody enqueued',
    attempted: 4,
    acknowledged: 2,
    ok: 2,
    lost: 1,
    lost_elements: '1',
    unexpected: 1,
    unexpected_elements: '9',
    duplicated: 1,
    duplicated_elements: '2',
    recovered: 1,
    recovered_elements: '3',
    failed_but_dequeued: 0,
    failed_but_dequeued_elements: '',
    unanswered: 0,
  });
  expect(totalQueue.text(result)).toEqual([
    '4 enqueues, 2 acknowledged, 2 came out',
    '1 lost: 1',
    '1 from nowhere: 9',
    '1 more often than they went in: 2',
    '1 unacknowledged, yet dequeued: 3',
  ]);
});

test('values are counted: each is lost, or comes, as often as it went in', async () => {
  expect(await check(`${put(7, 7, 7)}, 1 drain, 1 ok [7]`)).toMatchObject({
    valid: false,
    lost: 2,
    lost_elements: '7 7',
  });
  expect(await check(`${put(7, 7)}, 1 drain, 1 ok [7,7,7,7]`)).toMatchObject({
    valid: true,
    duplicated_elements: '7 7',
  });
});

test('what was said not to have happened must not come out', async () => {
  const text = (again: string) => `0 enqueue 1, 0 fail, ${again}1 drain, 1 ok [1]`;
  expect(await check(text(''))).toMatchObject({ valid: false, failed_but_dequeued: 1, recovered: 1 });
  expect(await check(text('2 enqueue 1, 2 info, '))).toMatchObject({ valid: true, failed_but_dequeued: 0 });
});

test('a dequeue without an answer may have taken what is missing, as many as there are', async () => {
  const text = `${put(1, 2)}, 1 dequeue, 1 info, 2 drain, 2 ok `;
  expect(await check(`${text}[1]`)).toMatchObject({
    valid: 'unknown',
    why: '1 acknowledged values never came out, but 1 dequeues without an answer may have taken them',
  });
  expect(await check(`${text}[1]`, { redelivers: true })).toMatchObject({ valid: false, lost_elements: '2' });
  expect(await check(`${text}[]`)).toMatchObject({ valid: false, lost: 2 });
  expect(await check(`${put(1, 2, 3)}, 1 drain, 1 info, 2 drain, 2 ok []`)).toMatchObject({ valid: 'unknown' });
  // What came out from nowhere did so whatever is lost.
  expect(await check(`${text}[9]`)).toMatchObject({ valid: false });
});

test('a drain without an answer may have taken any number', async () => {
  const text = `${put(1, 2, 3)}, 1 drain, 1 ok [1], 2 drain, 2 info`;
  expect(await check(text)).toMatchObject({
    valid: 'unknown',
    why: '2 acknowledged values never came out, but 1 dequeues without an answer may have taken them',
  });
  // What it has taken would be given again, to nobody.
  expect(await check(text, { redelivers: true })).toMatchObject({ valid: 'unknown', lost: 2 });
  expect(await check(`${text}, 3 drain, 3 ok [2]`, { redelivers: true })).toMatchObject({ valid: false, lost: 1 });
  // It may give back only after somebody has asked.
  expect(await check(`${put(1)}, 2 drain, 3 drain, 3 ok [], 2 info`, { redelivers: true })).toMatchObject({
    valid: 'unknown',
  });
  expect(await check(`${put(1)}, 2 drain, 3 drain, 3 ok []`, { redelivers: true })).toMatchObject({ valid: 'unknown' });
});

test('without drains, what is given again must have been asked for again', async () => {
  const text = `${put(1)}, 1 dequeue, 1 info`;
  expect(await check(text, { redelivers: true })).toMatchObject({ valid: 'unknown' });
  expect(await check(`${text}, 2 dequeue, 2 fail`, { redelivers: true })).toMatchObject({ valid: false });
  // One that was invoked before has not asked again, though it was answered last.
  expect(await check(`2 dequeue, ${text}, 3 dequeue, 3 fail, 2 fail`, { redelivers: true })).toMatchObject({
    valid: false,
  });
  expect(await check(`2 dequeue, ${text}, 2 fail`, { redelivers: true })).toMatchObject({ valid: 'unknown' });
  expect(await check(`${text}, 2 dequeue, 2 ok null`, { redelivers: true })).toMatchObject({ valid: false });
});

test('a queue that was not emptied has lost nothing', async () => {
  const why =
    '1 acknowledged values never came out, but no drain ended ok after the last of them was acknowledged: they may still be in the queue';
  expect(await check(`${put(1)}, 1 drain, 1 fail`)).toMatchObject({ valid: 'unknown', why });
  expect(await check(`1 drain, 1 ok [], ${put(1)}`)).toMatchObject({ valid: 'unknown', why });
  expect(await check('1 drain, 0 enqueue 1, 0 ok, 1 ok []')).toMatchObject({ valid: 'unknown', why });
  expect(await check(`${put(1)}, 1 drain, 1 ok []`)).toMatchObject({ valid: false });
  // Without any drain the dequeues must have been enough: so Jepsen has it.
  expect(await check(put(1))).toMatchObject({ valid: false });
});

test('of a run that was cut short, what nobody has drained is not lost', async () => {
  const cut = (text: string) =>
    totalQueue.check(history(text), { redelivers: false }, { ...BARE_CONTEXT, cutShort: 'killed' });
  expect(await cut(put(1))).toMatchObject({
    valid: 'unknown',
    why: '1 acknowledged values never came out, but nobody has drained the queue: they may still be in it (killed)',
  });
  expect(await cut(`${put(1)}, 1 drain, 1 ok []`)).toMatchObject({ valid: false });
  expect(await cut('1 dequeue, 1 ok 7')).toMatchObject({ valid: false });
});

test('operations of something else are unknown', async () => {
  expect(await check('0 write 1, 0 ok')).toEqual({
    valid: 'unknown',
    why: 'no operation is one of a queue; there is "write"',
  });
  expect(await check(`0 write 1, 0 ok, ${put(1)}, 1 drain, 1 ok [1]`)).toMatchObject({ valid: true });
});

test('nothing at all is valid, as Jepsen has it; what cannot be read is unknown', async () => {
  expect(await check('')).toMatchObject({ valid: true, attempted: 0 });
  expect(await check('0 drain, 0 ok null')).toEqual({
    valid: 'unknown',
    why: 'the value of drain 1 is not a list: null',
  });
  for (const asked of ['1 drain ["k",null], 1 ok ["k",[1]]', '1 dequeue ["k",null], 1 ok ["k",1]'])
    expect(await check(`0 enqueue ["k",1], 0 ok, ${asked}`)).toMatchObject({
      valid: 'unknown',
      why: expect.stringMatching(/has a key: let `independent`/),
    });
});
