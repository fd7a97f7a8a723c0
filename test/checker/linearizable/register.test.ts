import { describe, expect, test } from 'vitest';
import type { Call, Configuration, Decision } from '../../../src/checker/linearizable/call.ts';
import { decideRegister, type RegisterOptions } from '../../../src/checker/linearizable/register/index.ts';
import { type History, historyOf, type Op } from '../../../src/history/index.ts';
import { registerOps } from '../../bench/registers.ts';
import { bruteRegister } from '../../oracle/brute.ts';
import { callsOf } from '../../oracle/calls.ts';
import { justInTime } from '../../oracle/jit.ts';
import { wrongWith } from '../../oracle/replay.ts';
import { history } from '../notation.ts';

const UNLIMITED = { timeMs: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY };
const FROM_NULL: RegisterOptions = { initial: null, nilRead: 'absent', cas: true };

const decide = (
  of: string | History | readonly Call[],
  options: Partial<RegisterOptions> = {},
  limits = UNLIMITED,
): Decision => {
  const calls = typeof of === 'string' ? callsOf(history(of)) : Array.isArray(of) ? of : callsOf(of as History);
  return decideRegister(calls, { ...FROM_NULL, ...options }, limits);
};

/** One after another: reads of the values, each with what its process was told. */
const reads = (...values: unknown[]) => values.map((value) => `9 read, 9 ok ${JSON.stringify(value)}`).join(', ');

describe('what rules leave out', () => {
  test.each([
    ['a write that is seen after it completed', `0 write 1, 1 write 2, 1 ok, 0 ok, ${reads(1)}`],
    ['... or before the other', `0 write 1, 1 write 2, 2 read, 2 ok 1, 1 ok, 0 ok, ${reads(2)}`],
    [
      'a write before a cas that expects the same',
      '0 read, 0 ok null, 1 write null, 2 cas [null,1], 2 ok, 1 ok, 0 read, 0 ok 1',
    ],
    [
      'a write that nobody sees, before a write and a cas',
      `0 write 7, 1 write 1, 2 cas [1,2], 2 ok, 0 ok, 1 ok, ${reads(2)}`,
    ],
    [
      'two cas that are on the way to a read',
      `0 write 1, 0 info, 1 cas [1,2], 1 info, 2 cas [2,3], 2 info, ${reads(null, 3)}`,
    ],
    [
      'equal writes of which one is read later',
      `0 write 1, 0 info, 1 write 1, ${reads(1)}, 1 ok, 2 write 2, 2 ok, ${reads(2, 1)}`,
    ],
    ['a cas that changes nothing', `0 write 1, 1 cas [1,1], 0 ok, 1 ok, ${reads(1)}`],
  ])('%s', (_, text) => {
    expect(decide(text).valid).toBe(true);
  });

  test.each([
    ['a write does not vanish before a cas', `0 write 1, 0 ok, 1 write 7, 2 cas [1,2], 2 ok, 1 ok, ${reads(2)}`, 7],
    ['nor is it used twice', `0 write 1, 0 info, 1 write 2, 1 ok, ${reads(1)}, 1 write 2, 1 ok, ${reads(1)}`, 9],
    ['nor a cas', `0 write 1, 0 ok, 1 cas [1,2], 1 info, ${reads(2)}, 0 write 1, 0 ok, ${reads(2)}`, 9],
    ['a cas that changes nothing needs its value', '0 write 1, 0 ok, 1 cas [2,2], 1 ok', 3],
  ])('%s', (_, text, index) => {
    expect(decide(text)).toMatchObject({ valid: false, failing: { complete: index } });
  });
});

describe('values', () => {
  test('null may say nothing', () => {
    const text = `0 write 1, 0 ok, ${reads(null)}`;
    expect(decide(text)).toMatchObject({ valid: false, failing: { complete: 3 } });
    expect(decide(text, { nilRead: 'unknown' }).valid).toBe(true);
  });

  test('are equal as JSON is, and a number is no string', () => {
    expect(decide(`0 write {"a":1,"b":[2]}, 0 ok, ${reads({ b: [2], a: 1 })}`).valid).toBe(true);
    expect(decide(`0 write 1, 0 ok, ${reads('1')}`).valid).toBe(false);
    expect(decide(`0 write "[1]", 0 ok, ${reads([1])}`).valid).toBe(false);
  });

  test('a node is read like any other', () => {
    expect(decide('0 write 1, 0 ok, 0 read-node ["n1",null], 0 ok ["n1",1]').valid).toBe(true);
    expect(decide('0 write 1, 0 ok, 0 read-node ["n1",null], 0 ok ["n1",null]').valid).toBe(false);
  });

  test.each([
    ['0 cas 5, 0 ok', {}, 'the value of cas 0 is not [old, new]'],
    ['0 cas [1,2], 0 ok', { cas: false }, 'a register has no cas'],
    ['0 read-node ["n1",null], 0 ok 5', {}, 'the value of read-node 0 is not [node, value]'],
    ['0 add 5, 0 ok', {}, 'a cas-register has no add'],
  ])('%s is not what it can read', (text, options, why) => {
    expect(decide(text, options)).toEqual({ valid: 'unknown', why, configurations: 0 });
  });

  test('nothing fits nothing', () => {
    expect(decide('').valid).toBe(true);
  });
});

describe('more open calls than a word has bits', () => {
  const many = (count: number, call: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => call(i)).join(', ');

  test.each([31, 32, 33, 70])('%i writes that nobody knows of, each read once', (count) => {
    const writes = many(count, (i) => `${i + 100} write ${i % 5}, ${i + 100} info`);
    const each = Array.from({ length: count }, (_, i) => i % 5);
    expect(decide(`${writes}, ${reads(...each)}`).valid).toBe(true);
    // Each write can be there once only.
    const once = decide(`${writes}, ${reads(...each, count % 5)}`);
    expect(once).toMatchObject({ valid: false, failing: { complete: 4 * count + 1 } });
  });
});

describe('a history that does not fit', () => {
  const spoilt = (ops: Op[], from: number) => {
    const read = ops.findIndex(({ f, type, index }) => index >= from && f === 'read' && type === 'ok');
    return ops.with(read, { ...(ops[read] as Op), value: 99 });
  };

  test.each([
    ['by search', { clients: 5, ops: 60, seed: 1 }],
    ['by search, with crashed calls', { clients: 5, ops: 60, seed: 2, crashed: 4 }],
    ['by zones', { clients: 5, ops: 60, seed: 3, distinct: true }],
  ])('shows configurations that may have been: %s', (_, load) => {
    const calls = callsOf(historyOf(spoilt([...registerOps(load)], 90)));
    const decision = decide(calls);
    const model = bruteRegister(null, 'absent');
    expect(decision).toMatchObject({ valid: false, failing: justInTime(calls, model).failing as Call });
    const { failing, last } = decision as Decision & { valid: false };
    expect(last.length).toBeGreaterThan(0);
    expect(last.map((configuration) => wrongWith(calls, failing, configuration, model))).toEqual(
      last.map(() => undefined),
    );
  });

  test('a value that is there for a point only comes before one that was there at its end', () => {
    const calls = callsOf(history(`0 write 2, 1 write 1, 1 ok, 0 ok, ${reads(1)}, 1 write 3, 1 ok, ${reads(99)}`));
    const { failing, last } = decide(calls) as Decision & { valid: false };
    expect(last.map(({ linearized }) => linearized.map(({ invoke }) => invoke))).toEqual([[0, 1, 4, 6]]);
    expect(wrongWith(calls, failing, last[0] as Configuration, bruteRegister(null, 'absent'))).toBe(undefined);
  });

  test.each([
    ['by search', { clients: 10, ops: 3000, seed: 1 }, 100],
    ['by zones', { clients: 10, ops: 3000, seed: 3, distinct: true }, 1000],
  ])('of a long one it shows the end: %s', (_, load, atLeast) => {
    const calls = callsOf(historyOf(spoilt([...registerOps(load)], 5400)));
    const { failing, last } = decide(calls) as Decision & { valid: false };
    expect(last.length).toBeGreaterThan(0);
    for (const configuration of last) {
      expect(configuration.linearized.length).toBeGreaterThanOrEqual(atLeast);
      expect(configuration.linearized.length).toBeLessThanOrEqual(1000);
      expect(wrongWithTail(calls, failing, configuration)).toBe(undefined);
    }
  });

  /** As `wrongWith`, where what came first is not shown. */
  function wrongWithTail(calls: readonly Call[], failing: Call, configuration: Configuration): string | undefined {
    const { linearized, pending } = configuration;
    const shown = new Set([...linearized, ...pending]);
    // What is not shown came first: it may only be what was invoked before all that is shown had completed.
    const first = Math.min(...linearized.map(({ complete }) => complete));
    const missing = calls.find(({ invoke }) => invoke > first && invoke < failing.complete);
    if (missing !== undefined && !shown.has(missing)) return `${missing.invoke} is missing`;
    const begin = linearized.find(({ f }) => f !== 'write');
    const initial = begin?.f === 'cas' ? (begin.input as unknown[])[0] : begin?.output;
    return wrongWith(
      [...shown].sort((a, b) => a.invoke - b.invoke),
      failing,
      configuration,
      bruteRegister(initial, 'absent'),
    );
  }
});

describe('limits', () => {
  const calls = callsOf(historyOf([...registerOps({ clients: 20, ops: 1000, seed: 1 })]));
  const aborted = AbortSignal.abort();

  test.each([
    ['time', { ...UNLIMITED, timeMs: 0 }, /^0 s were not enough: it got through \d+ of \d+ operations$/],
    [
      'memory',
      { ...UNLIMITED, memoryBytes: 10_000 },
      /^0\.01 MB were not enough: it got through \d+ of \d+ operations$/,
    ],
    [
      'memory to begin with',
      { ...UNLIMITED, memoryBytes: 0 },
      /^0 MB were not enough: it got through 0 of \d+ operations$/,
    ],
    [
      'patience',
      { ...UNLIMITED, signal: aborted },
      /^nobody waited for it any more: it got through \d+ of \d+ operations$/,
    ],
  ])('too little %s: unknown', (_, limits, why) => {
    expect(decide(calls, {}, limits)).toMatchObject({ valid: 'unknown', why: expect.stringMatching(why) });
    expect(decide(calls).valid).toBe(true);
  });
});
