import { expect, test } from 'vitest';
import { queue } from '../../../src/checker/queue/index.ts';
import { checking } from '../checking.ts';

const check = checking(queue);

test.each([
  ['an enqueue that nobody takes', '0 enqueue 1, 0 ok'],
  ['one that is taken', '0 enqueue 1, 0 ok, 1 dequeue, 1 ok 1'],
  ['one that is taken while it is enqueued', '1 dequeue, 0 enqueue 1, 1 ok 1, 0 ok'],
  ['one without an answer', '0 enqueue 1, 0 info, 1 dequeue, 1 ok 1'],
  ['one that never ended', '0 enqueue 1, 1 dequeue, 1 ok 1'],
  ['the same twice', '0 enqueue 1, 0 ok, 0 enqueue 1, 1 dequeue, 1 ok 1, 1 dequeue, 1 ok 1'],
  ['a drain', '0 enqueue 1, 0 ok, 0 enqueue "a", 0 ok, 1 drain, 1 ok ["a",1]'],
  ['a dequeue that found nothing', '1 dequeue, 1 fail, 1 dequeue, 1 ok null, 1 drain, 1 ok []'],
  ['nothing at all', ''],
])('%s: valid', async (_, text) => {
  expect(await check(text)).toMatchObject({ valid: true, unexpected: 0 });
});

test.each([
  ['one that nobody enqueued', '0 enqueue 1, 0 ok, 1 dequeue, 1 ok 2', 3],
  ['one that was enqueued later', '1 dequeue, 1 ok 1, 0 enqueue 1, 0 ok', 1],
  ['one that is taken twice', '0 enqueue 1, 0 ok, 1 dequeue, 1 ok 1, 1 dequeue, 1 ok 1', 5],
  [
    'one that is taken twice before it comes again',
    '0 enqueue 1, 1 dequeue, 1 ok 1, 1 drain, 1 ok [1], 0 ok, 0 enqueue 1',
    4,
  ],
  ['one whose enqueue failed', '0 enqueue 1, 1 dequeue, 1 ok 1, 0 fail', 2],
  ['another of the same print', '0 enqueue 1, 0 ok, 1 dequeue, 1 ok "1"', 3],
])('%s: invalid', async (_, text, index) => {
  expect(await check(text)).toMatchObject({ valid: false, unexpected: 1, first_unexpected_index: index });
});

test('one from nowhere takes no place of one that comes later', async () => {
  const text = '1 dequeue, 1 ok 1, 0 enqueue 1, 0 ok, 1 dequeue, 1 ok 1, 1 dequeue, 1 ok 2';
  const result = await check(text);
  expect(result).toMatchObject({ valid: false, unexpected: 2, unexpected_elements: '1..2', first_unexpected_index: 1 });
  expect(queue.text(result)).toEqual(['1 enqueued, 3 dequeued', '2 from nowhere: 1 2', 'the first: operation 1']);
});

test('invocations count in their order, though they end in another', async () => {
  const text = '0 enqueue 1, 1 enqueue 1, 2 dequeue, 1 ok, 2 ok 1, 2 dequeue, 2 ok 1, 0 ok';
  expect(await check(text)).toMatchObject({ valid: true });
});

test.each([
  ['0 enqueue null, 0 ok', 'enqueue 0 has no value'],
  ['0 drain, 0 ok 5', 'the value of drain 1 is not a list: 5'],
])('%s: unknown', async (text, why) => {
  expect(await check(text)).toEqual({ valid: 'unknown', why });
});
