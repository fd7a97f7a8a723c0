import { expect, test } from 'vitest';
import { usesFor } from '../../src/cli/guess-checkers.ts';
import { makeRegistry } from '../../src/cli/registry.ts';
import { history } from '../checker/notation.ts';

const registry = makeRegistry();

test.each([
  ['0 write 1, 0 ok, 1 read, 1 ok 1', 'linearizable', 'register'],
  ['0 read, 0 ok null, 0 write 1, 0 ok', 'linearizable', 'register'],
  ['0 write 1, 0 ok, 1 read, 1 fail', 'linearizable', 'register'],
  ['0 write ["a",1], 0 ok, 1 read ["a",null], 1 ok ["a",1]', 'linearizable', 'register'],
  ['0 write 1, 0 ok, 1 cas [1,2], 1 ok, 2 read, 2 ok 2', 'linearizable', 'cas-register'],
  ['0 write 1, 0 ok, 1 read, 1 ok [1]', 'causal', undefined],
  ['1 read, 1 ok [], 0 write 1, 0 ok', 'causal', undefined],
  [
    '0 write [["w",0,1]], 0 ok, 1 read [["r",0,null],["r",1,null]], 1 ok [["r",0,1],["r",1,null]]',
    'long-fork',
    undefined,
  ],
  ['0 add 1, 0 ok, 1 read, 1 ok [1]', 'set', undefined],
  ['0 add 1, 0 ok, 1 read, 1 ok [1], 0 add 2, 0 ok', 'set-full', undefined],
  ['0 add 1, 0 ok, 1 read, 1 ok 1', 'counter', undefined],
  ['0 acquire, 0 ok 1', 'linearizable', 'mutex'],
  ['0 enqueue 1, 0 ok', 'queue', undefined],
  ['0 enqueue 1, 0 ok, 1 drain, 1 info', 'total-queue', undefined],
  ['0 increment, 0 ok 1, 0 read, 0 ok 1', 'monotonic', undefined],
])('%s asks for %s %s', (text, name, model) => {
  const uses = usesFor(history(text), registry, 'h');
  expect(uses.map((use) => [use.name, (use.settings as { model?: string }).model])).toEqual([[name, model]]);
});

test.each([
  ['0 add ["a",1], 0 ok, 1 read ["a",null], 1 ok ["a",[1]]', { set: { lost: 0 } }],
  ['0 add ["a",1], 0 ok, 1 read ["a",null], 1 ok ["a",1]', { counter: {} }],
  ['0 enqueue [5,1], 0 ok, 1 dequeue [5,null], 1 ok [5,1]', { queue: {} }],
  ['0 write ["a",1], 0 ok, 1 read ["a",null], 1 ok ["a",[1]]', { causal: {} }],
])('%s asks for it on each key', (text, checker) => {
  expect(usesFor(history(text), registry, 'h')).toMatchObject([{ name: 'independent', settings: { checker } }]);
});

test.each([
  ['', 'there are no operations of clients'],
  ['0 dance, 0 ok', 'its operations are dance'],
  ['0 write 1, 0 ok', 'its operations are write'],
  ['0 add 1, 0 ok', 'its operations are add'],
])('"%s" does not say', (text, why) => {
  expect(() => usesFor(history(text), registry, 'h')).toThrow(`h does not say what is to be judged: ${why}`);
});
