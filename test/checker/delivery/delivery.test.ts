import { expect, test } from 'vitest';
import { delivery } from '../../../src/checker/delivery/index.ts';
import { checking } from '../checking.ts';

const check = checking(delivery, { guarantee: 'at-least-once', order: 'none', redelivers: false });
const send = (n: number, end = 'ok') => `0 send ["a",${n}], 0 ${end}`;
const drain = (...messages: number[]) => `5 drain, 5 ok ${JSON.stringify(messages.map((n) => ['a', n]))}`;
const receive = (process: number, ...messages: number[]) =>
  `${process} receive, ${process} ok ${JSON.stringify(messages.map((n) => ['a', n]))}`;

test('what was acknowledged has come', async () => {
  expect(await check([send(0), send(1), receive(1, 0), drain(1)].join(', '))).toEqual({
    valid: true,
    sent: 2,
    acknowledged: 2,
    delivered: 2,
    lost: 0,
    duplicated: 0,
    invented: 0,
    recovered: 0,
    out_of_order: 0,
    unanswered: 0,
  });
});

test('what was acknowledged and never came is lost, unless it may come once at most', async () => {
  const text = [send(0), send(1), drain(1)].join(', ');
  const result = await check(text);
  expect(result).toMatchObject({
    valid: false,
    why: '1 acknowledged messages were never delivered',
    lost_messages: [['a', 0]],
  });
  expect(delivery.text(result)).toEqual([
    '2 sent, 2 acknowledged, 1 delivered',
    '1 acknowledged, never delivered: ["a",0]',
  ]);
  expect(await check(text, { guarantee: 'exactly-once' })).toMatchObject({ valid: false });
  expect(await check(text, { guarantee: 'at-most-once' })).toMatchObject({ valid: true, lost: 1 });
  expect(await check([send(0), send(1, 'info'), drain(0)].join(', '))).toMatchObject({ valid: true, lost: 0 });
  expect(await check(send(0), { guarantee: 'at-most-once' })).toMatchObject({
    valid: 'unknown',
    why: 'nothing was received',
  });
});

test('it is lost only where nobody can have it, and it cannot still come', async () => {
  const why = (text: string, settings = {}) => check(text, settings).then((result) => [result.valid, result.why]);
  const still =
    '1 acknowledged messages were never delivered, but no drain ended ok after the last acknowledgement: they may still come';
  const taken = '1 acknowledged messages were never delivered, but 1 receives without an answer may have taken them';
  expect(await why(send(0))).toEqual(['unknown', still]);
  expect(await why(`5 drain, ${send(0)}, 5 ok []`)).toEqual(['unknown', still]);
  expect(await why(`${send(0)}, 1 receive, 1 info, ${drain()}`)).toEqual(['unknown', taken]);
  expect(await why(`${send(0)}, 1 receive, ${drain()}`)).toEqual(['unknown', taken]);
  // What is given again must have been asked for again, after the receive was given up.
  const lost = [false, '1 acknowledged messages were never delivered'];
  expect(await why(`${send(0)}, 1 receive, 1 info, ${drain()}`, { redelivers: true })).toEqual(lost);
  expect(await why(`${send(0)}, 1 receive, ${drain()}`, { redelivers: true })).toEqual(['unknown', taken]);
  expect(await why(`${send(0)}, 1 receive, 5 drain, 1 info, 5 ok []`, { redelivers: true })).toEqual([
    'unknown',
    taken,
  ]);
  expect(await why(`${send(0)}, 5 drain, 5 info, ${drain().replaceAll('5', '6')}`, { redelivers: true })).toEqual(lost);
  // What is wrong beside it is wrong.
  expect(await why(`${send(0)}, 1 receive, ${drain(7)}`)).toEqual([false, '1 messages came that nobody had sent']);
});

test('twice is once too often where it is promised', async () => {
  const text = [send(0), receive(1, 0), receive(2, 0), drain()].join(', ');
  expect(await check(text)).toMatchObject({ valid: true, duplicated: 1, duplicated_messages: [['a', 0]] });
  expect(await check(text, { guarantee: 'exactly-once' })).toMatchObject({
    valid: false,
    why: '1 messages came more than once',
  });
  expect(await check(text, { guarantee: 'at-most-once' })).toMatchObject({ valid: false });
  const again = [send(0), send(0), receive(1, 0), drain(0)].join(', ');
  expect(await check(again, { guarantee: 'exactly-once' })).toMatchObject({ valid: true, duplicated: 0 });
});

test('nothing comes that nobody had sent by then', async () => {
  expect(await check([send(0), drain(0, 7)].join(', '))).toMatchObject({ valid: false, invented_messages: [['a', 7]] });
  expect(await check([receive(1, 0), send(0), drain()].join(', '))).toMatchObject({
    valid: false,
    invented: 1,
    lost: 0,
  });
  expect(await check([send(0, 'fail'), drain(0)].join(', '))).toMatchObject({ valid: false, invented: 1 });
  expect(await check(`0 send ["a",0], ${receive(1, 0)}, 0 info`)).toMatchObject({ valid: true, recovered: 1 });
});

test('order is that of the first deliveries to each receiver, per sender', async () => {
  const sent = [send(0), send(1), send(2), '3 send ["b",0], 3 ok'].join(', ');
  const ordered = (...rest: string[]) => check([sent, ...rest].join(', '), { order: 'sender' });
  expect(await ordered('1 receive, 1 ok [["a",0],["b",0],["a",1]]', drain(2))).toMatchObject({ valid: true });
  const result = await ordered(receive(1, 0, 2, 1), '1 drain, 1 ok [["b",0]]');
  expect(result).toMatchObject({
    valid: false,
    why: '1 messages came out of order: receiver 1 got ["a",1] after ["a",2] (operation 9)',
    out_of_order_messages: [{ index: 9, receiver: 1, message: ['a', 1], after: ['a', 2] }],
  });
  expect(delivery.text(result).at(-1)).toBe(
    '1 out of order; the first: receiver 1 got ["a",1] after ["a",2] (operation 9)',
  );
  expect(await check([sent, receive(1, 0, 2, 1), '1 drain, 1 ok [["b",0]]'].join(', '))).toMatchObject({ valid: true });
  // Receivers share: of what went to another nobody knows when it came.
  expect(await ordered(receive(1, 2), receive(2, 0), '2 drain, 2 ok [["a",1],["b",0]]')).toMatchObject({ valid: true });
  // What comes again has no place in the order.
  expect(await ordered(receive(1, 0, 1, 0, 1, 2), '1 drain, 1 ok [["b",0]]')).toMatchObject({ valid: true });
});

test('a send without an answer may take effect at any later time: its message has no place before the next', async () => {
  const ordered = (text: string) => check(text, { order: 'sender' });
  const late = `${receive(1, 1)}, 1 drain, 1 ok [["a",0]]`;
  expect(await ordered(`0 send ["a",0], 0 info, 2 send ["a",1], 2 ok, ${late}`)).toMatchObject({
    valid: true,
    out_of_order: 0,
  });
  expect(await ordered(`0 send ["a",0], 2 send ["a",1], 2 ok, 0 ok, ${late}`)).toMatchObject({ valid: true });
  expect(await ordered(`${send(0)}, 2 send ["a",1], ${late}`)).toMatchObject({ valid: false, out_of_order: 1 });
  // Sent again, and acknowledged then: from then on it has its place.
  const again = `0 send ["a",0], 0 info, 2 send ["a",0], 2 ok, 2 send ["a",1], 2 ok, ${late}`;
  expect(await ordered(again)).toMatchObject({ valid: false, out_of_order: 1 });
  const other = `0 send ["a",0], 3 send ["a",5], 0 ok, 2 send ["a",1], 2 ok, ${receive(1, 1, 5)}, 1 drain, 1 ok [["a",0]]`;
  expect(await ordered(other)).toMatchObject({ out_of_order_messages: [{ message: ['a', 0], after: ['a', 1] }] });
  // What nobody sent has no place.
  expect(await ordered(`${send(0)}, ${receive(1, 7)}, 1 drain, 1 ok [["a",0]]`)).toMatchObject({ out_of_order: 0 });
  // Of several that it had got too early, one is enough, whichever came last.
  const three = `${send(0)}, ${send(2)}, 2 send ["a",1], 2 info, ${receive(1, 2, 1)}, 1 drain, 1 ok [["a",0]]`;
  expect(await ordered(three)).toMatchObject({ out_of_order_messages: [{ message: ['a', 0] }] });
});

test.each([
  ['', 'nothing was sent'],
  [`${send(0, 'fail')}, ${drain()}`, 'nothing was sent'],
  [`${send(0, 'info')}, ${drain()}`, 'nothing was acknowledged or received'],
  ['0 send 5, 0 ok', 'the value of send 0 is not [sender, n]: 5'],
  ['0 send ["a",-1], 0 ok', 'the value of send 0 is not [sender, n]: ["a",-1]'],
  ['1 receive, 1 ok [5]', 'the value of receive 1 is not a list of [sender, n]: [5]'],
  ['1 drain, 1 ok null', 'the value of drain 1 is not a list of [sender, n]: null'],
])('"%s": unknown', async (text, why) => {
  expect(await check(text)).toMatchObject({ valid: 'unknown', why });
});
