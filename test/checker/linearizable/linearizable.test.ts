import { describe, expect, test } from 'vitest';
import type { LinearizableFinding } from '../../../src/checker/linearizable/finding.ts';
import { linearizable } from '../../../src/checker/linearizable/index.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { type History, historyOf, type Op } from '../../../src/history/index.ts';
import { history } from '../notation.ts';
import { USUAL } from './usual.ts';

async function judge(given: History | string, settings: Record<string, unknown> = {}): Promise<LinearizableFinding> {
  const judged = typeof given === 'string' ? history(given) : given;
  return (await linearizable.check(judged, { ...USUAL, ...settings } as never, BARE_CONTEXT)) as LinearizableFinding;
}

describe('models: what is possible, and what is not', () => {
  test.each([
    ['register', {}, '0 write 1, 1 read, 1 ok null, 0 ok, 1 read, 1 ok 1', undefined],
    ['register', {}, '0 write 1, 0 ok, 1 read, 1 ok null', 3],
    ['register', { nil_read: 'unknown' }, '0 write 1, 0 ok, 1 read, 1 ok null', undefined],
    ['register', { initial: 7 }, '0 read, 0 ok 7', undefined],
    ['register', {}, '0 write 1, 0 ok, 1 read-node ["n1",null], 1 ok ["n1",2]', 3],
    ['cas-register', { initial: 0 }, '0 cas [0,1], 0 ok, 1 cas [0,2], 1 ok', 3],
    ['cas-register', { initial: 0 }, '0 cas [1,2], 0 fail, 1 cas [0,2], 1 ok', undefined],
    [
      'multi-register',
      { initial: { x: 0 } },
      '0 txn [["r","x",null],["w","x",1]], 0 ok [["r","x",0],["w","x",1]]',
      undefined,
    ],
    [
      'multi-register',
      {},
      '0 txn [["w","x",1],["w","y",1]], 0 ok, 0 txn [["r","x",null],["r","y",null]], 0 ok [["r","x",1],["r","y",2]]',
      3,
    ],
    ['mutex', {}, '0 acquire, 0 ok, 1 acquire, 0 release, 1 ok, 0 ok', undefined],
    ['mutex', {}, '0 acquire, 0 ok, 1 acquire, 1 ok', 3],
    ['mutex', { initial: 'held' }, '0 acquire, 0 ok', 1],
    ['mutex', {}, '0 acquire, 0 ok, 1 release, 1 ok', undefined],
    ['owned-mutex', {}, '0 acquire, 0 ok, 1 release, 1 ok', 3],
    ['owned-mutex', {}, '0 acquire, 0 ok, 0 acquire, 0 ok', 3],
    ['owned-mutex', { reentrant: true }, '0 acquire, 0 ok, 0 acquire, 0 ok, 0 release, 0 ok, 1 acquire, 1 ok', 7],
    ['semaphore', { permits: 2 }, '0 acquire, 0 ok, 1 acquire, 1 ok', undefined],
    ['semaphore', { permits: 2 }, '0 acquire, 0 ok, 1 acquire, 1 ok, 2 acquire, 2 ok', 5],
    ['counter', {}, '0 add 2, 1 add -1, 2 read, 2 ok -1, 1 ok, 0 ok', undefined],
    ['counter', {}, '0 add 2, 0 ok, 2 read, 2 ok 1', 3],
    ['set', {}, '0 add 1, 1 add 2, 2 read, 2 ok [2], 2 read, 2 ok [2,1], 0 ok, 1 ok', undefined],
    ['set', {}, '0 add 1, 1 add 2, 2 read, 2 ok [2], 2 read, 2 ok [1], 0 ok, 1 ok', 5],
    ['fifo-queue', {}, '0 enqueue 1, 0 ok, 0 enqueue 2, 0 ok, 1 dequeue, 1 ok 2', 5],
    ['fifo-queue', {}, '0 enqueue 1, 0 ok, 0 enqueue 2, 0 ok, 2 dequeue, 2 info, 1 dequeue, 1 ok 2', undefined],
    ['unordered-queue', {}, '0 enqueue 1, 0 ok, 0 enqueue 2, 0 ok, 1 dequeue, 1 ok 2', undefined],
    ['unordered-queue', {}, '0 enqueue 1, 0 ok, 1 dequeue, 1 ok 1, 1 drain, 1 ok [1]', 5],
    ['fifo-queue', {}, '0 enqueue 1, 0 ok, 0 enqueue 2, 0 ok, 1 drain, 1 ok [1,2]', undefined],
    ['fifo-queue', {}, '0 enqueue 1, 0 ok, 0 enqueue 2, 0 ok, 1 drain, 1 ok [2,1]', 5],
    ['fifo-queue', {}, '0 enqueue 1, 0 ok, 0 enqueue 1, 0 ok, 0 enqueue 2, 0 ok, 1 drain, 1 ok [1,2,1]', 7],
    ['fifo-queue', {}, '0 enqueue 1, 0 ok, 1 drain, 0 enqueue 2, 0 ok, 1 ok [1,2]', undefined],
    ['fifo-queue', { initial: [1, 2, 3] }, '1 drain, 2 dequeue, 2 ok 3, 1 ok [1,2]', undefined],
    ['fifo-queue', { initial: [1, 2, 3, 4] }, '1 drain, 2 dequeue, 2 ok 2, 1 ok [1,3,4]', undefined],
    ['fifo-queue', { initial: [1, 2, 3, 4] }, '1 drain, 2 dequeue, 2 ok 3, 1 ok [1,2,4]', undefined],
    ['fifo-queue', { initial: [1, 2, 3, 4] }, '2 dequeue, 1 drain, 2 ok 4, 1 ok [1,2]', 2],
    ['append-list', {}, '0 append 1, 1 append 2, 1 ok, 2 read, 2 ok [2,1], 0 ok', undefined],
    ['append-list', {}, '0 append 1, 0 ok, 1 append 2, 1 ok, 2 read, 2 ok [2,1]', 5],
    [
      'key-value',
      {},
      '0 get ["k",null], 0 ok ["k",""], 0 append ["k","a"], 0 ok, 0 get ["k",null], 0 ok ["k","a"]',
      undefined,
    ],
    ['key-value', {}, '0 put ["k","b"], 0 ok, 0 append ["k","a"], 0 ok, 0 get ["k",null], 0 ok ["k","a"]', 5],
  ])('%s %o: %s', async (model, settings, text, failing) => {
    const found = await judge(text, { model, ...settings });
    expect([found.valid, found.failing_index]).toEqual([failing === undefined, failing]);
  });
});

describe('what cannot be judged is unknown, with the reason', () => {
  test.each([
    ['', {}, 'no operation was attempted'],
    ['', { model: 'set' }, 'no operation was attempted'],
    ['0 write 1, 0 info', {}, 'no operation ended ok'],
    ['0 jump, 0 ok', {}, 'which model it has to be does not follow from its operations (jump): say so with `model`'],
    [
      '0 jump, 0 ok',
      { model: 'mutex' },
      'jump (operation 1) is no operation of the model mutex, which knows acquire, release',
    ],
    ['0 add "x", 0 ok', { model: 'counter' }, 'add (operation 1) has no integer: "x"'],
    [
      '0 add 9007199254740991, 0 ok, 0 add 4, 0 ok, 0 add -9007199254740991, 0 ok, 0 read, 0 ok 4',
      { model: 'counter' },
      'add (operation 3) may lead to a sum that is too large to be exact',
    ],
    [
      '0 cas [0,1], 0 ok, 1 read-node ["n1",null], 1 ok ["n1",1]',
      { model: 'cas-register', initial: 0 },
      'read-node (operation 2) has no key: its value is not [key, [node, null]]',
    ],
    ['0 read, 0 ok 7', { model: 'set' }, 'read (operation 1) has no list of elements: 7'],
    ['0 cas 5, 0 ok', { model: 'cas-register' }, 'cas (operation 1) has no [old, new]: 5'],
    ['0 txn 5, 0 ok', { model: 'multi-register' }, 'txn (operation 1) has no list of micro-operations: 5'],
    ['0 get ["k",null], 0 ok ["k",3]', { model: 'key-value' }, 'key k: get (operation 1) has no text: 3'],
    [
      '0 dequeue, 0 ok',
      { model: 'fifo-queue' },
      'dequeue (operation 1) ended ok without an element: an empty queue is a fail',
    ],
    [
      '1 drain, 0 enqueue 9, 0 ok, 1 ok [2,1]',
      { model: 'fifo-queue', initial: [1, 2] },
      'a drain, while others were busy, gave its elements in an order that may or may not be that of the queue',
    ],
    ['0 write 1, 0 ok', { keys: 'each' }, 'write (operation 0) has no key: its value is not [key, value]'],
  ])('%s %o', async (text, settings, why) => {
    expect(await judge(text, settings)).toMatchObject({ valid: 'unknown', why });
  });

  test('... or valid, as the definition has it, where one asks for that', async () => {
    expect((await judge('', { model: 'set', unobserved: 'valid' })).valid).toBe(true);
    expect((await judge('0 write 1, 0 info', { unobserved: 'valid' })).valid).toBe(true);
  });

  test('when time or memory is over: how far it came', async () => {
    // Whose order nobody can tell.
    const open = Array.from({ length: 18 }, (_, i) => `${i} txn [["w","x",${i}],["w","y",${i + 1}]]`);
    const text = [...open, '0 ok', '99 txn [["r","x",null],["r","y",null]]', '99 ok [["r","x",5],["r","y",7]]'].join(
      ', ',
    );
    const { valid, why } = await judge(text, { time_limit: '1ms' });
    expect([valid, why]).toEqual([
      'unknown',
      expect.stringMatching(/^0.001 s were not enough: linearizable up to completion \d of 2$/),
    ]);
    const little = await judge(text, { memory_limit: '1 MB' });
    expect(little.why).toMatch(/^1 MB were not enough/);
  });
});

test.each([
  ['0 write 1, 0 ok', 'register'],
  ['0 write 1, 0 ok, 0 cas [1,2], 0 ok', 'cas-register'],
  ['0 acquire, 0 ok', 'mutex'],
  ['0 add 1, 0 ok, 0 read, 0 ok [1]', 'set'],
  ['0 add 1, 0 ok, 0 read, 0 ok 1', 'counter'],
  ['0 add 1, 0 ok, 0 read-node ["n1",null], 0 ok ["n1",[1]]', 'set'],
  ['0 enqueue 1, 0 ok', 'unordered-queue'],
  ['0 append 1, 0 ok, 0 read, 0 ok [1]', 'append-list'],
  ['0 txn [["w","x",1]], 0 ok', 'multi-register'],
  ['0 put ["k","x"], 0 ok, 0 get ["k",null], 0 ok ["k","x"]', 'key-value'],
])('without a model the operations decide: %s', async (text, model) => {
  expect(await judge(text)).toMatchObject({ valid: true, model });
});

describe('keys', () => {
  test('what completes a call may leave out the key', async () => {
    const begun = '0 write ["x",1], 0 ok null, 1 read ["x",null]';
    expect(await judge(`${begun}, 1 ok 1`, { keys: 'each' })).toMatchObject({ valid: true });
    expect(await judge(`${begun}, 1 ok 2`, { keys: 'each' })).toMatchObject({ valid: false, failing_index: 3 });
  });

  const text =
    '0 write [1,5], 0 ok, 0 read [1,null], 0 ok [1,5], 1 write ["b",1], 1 ok, 1 read ["b",null], 1 ok ["b",2], 2 write [3,1], 2 info';

  test('each is an object of its own; of one of which nothing ended ok nothing is known', async () => {
    const found = await judge(text);
    expect(found).toMatchObject({
      valid: false,
      model: 'register',
      failing_index: 7,
      previous_ok_index: 5,
      failures: ['b'],
      key_counts: { valid: 1, invalid: 1, unknown: 0, unobserved: 1 },
      evidence: { key: 'b', failing: 6 },
    });
    expect(found.keys).toEqual({
      b: { valid: false, calls: 2, failing_index: 7 },
      1: { valid: true, calls: 2 },
    });
    expect(linearizable.text(found).slice(0, 3)).toEqual([
      '4 calls on 3 objects of the model register',
      'keys: 1 not linearizable, 0 unknown, 1 linearizable',
      '  key b: fails at operation 7',
    ]);
    expect(found.why).toMatch(/^key b: read -> 2 of process 1 \(operations 6 to 7\) fits no order/);
  });

  test('one that cannot be judged makes the whole unknown, unless another is wrong', async () => {
    const odd = '0 write [1,5], 0 ok, 1 cas [2,7], 1 ok';
    expect(await judge(odd)).toMatchObject({ valid: 'unknown', key_counts: { valid: 1, invalid: 0, unknown: 1 } });
    const wrong = await judge(`${odd}, 0 read [1,null], 0 ok [1,6]`);
    expect(wrong).toMatchObject({ valid: false, failures: ['1'] });
    expect(Object.keys(wrong.keys ?? {})).toEqual(['1', '2'].sort());
  });

  test('none: the pair is the value', async () => {
    expect(await judge('0 write [1,5], 0 ok, 0 write [2,5], 0 ok', { keys: 'none' })).toMatchObject({ calls: 2 });
  });
});

test('evidence: what could not be, in which states, what was open and what it needed', async () => {
  const found = await judge('0 write 1, 0 ok, 1 write 2, 2 cas [3,4], 1 ok, 0 read, 3 write 9, 3 info, 0 ok 1');
  expect(found).toMatchObject({
    valid: false,
    why: 'read -> 1 of process 0 (operations 5 to 8) fits no order of the calls: it needed the register to be 1, and it was 2',
    failing_index: 8,
    previous_ok_index: 4,
    last_linearized_index: 4,
    prefix:
      'the history up to operation 8, where process 0 completes read -> 1, cannot be linearized; without that operation it can',
  });
  expect(found.evidence).toEqual({
    failing: 5,
    window: [
      { index: 0, complete: 1, process: 0, f: 'write', text: 'write 1' },
      { index: 2, complete: 4, process: 1, f: 'write', text: 'write 2' },
      { index: 3, complete: null, process: 2, f: 'cas', text: 'cas [3,4] -> nobody knows' },
      { index: 5, complete: 8, process: 0, f: 'read', text: 'read -> 1' },
      { index: 6, complete: null, process: 3, f: 'write', text: 'write 9 -> nobody knows' },
    ],
    configurations: expect.arrayContaining([
      {
        state: '2',
        linearized: [0, 2],
        pending: expect.arrayContaining([3, 5]),
        needed: {
          3: 'needed the register to be 3, and it was 2',
          5: 'needed the register to be 1, and it was 2',
        },
      },
    ]),
  });
  expect(linearizable.text(found).slice(0, 5)).toEqual([
    '5 calls on an object of the model cas-register',
    `${found.prefix}.`,
    'Just before it, the object may have been',
    '  2, after 2 (process 1) write 2',
    // The call that does not fit comes first, however many others are open.
    '    5 (process 0) read -> 1 needed the register to be 1, and it was 2',
  ]);
});

test.each([
  ['set', '0 add 1, 0 ok, 1 read, 1 ok []', 'the set to be {}, and it was {1}'],
  ['append-list', '0 append 1, 0 ok, 1 read, 1 ok []', 'the list to be [], and it was [1]'],
  [
    'fifo-queue',
    '0 enqueue 1, 0 ok, 0 enqueue 1, 0 ok, 1 dequeue, 1 ok 2',
    '2 to be the oldest in the queue, and it was [1 1]',
  ],
  ['unordered-queue', '0 enqueue 1, 0 ok, 1 dequeue, 1 ok 2', '2 to be in the queue, and it was [1]'],
  [
    'key-value',
    '0 put ["k","b"], 0 ok, 0 get ["k",null], 0 ok ["k","a"]',
    'the value to be "a", and it was a text that no get was told',
  ],
  [
    'multi-register',
    '0 txn [["w","x",1]], 0 ok, 0 txn [["r","x",null]], 0 ok [["r","x",2]]',
    '"x" to be 2, and it was {"x": 1}',
  ],
])('evidence of a %s tells the state that it was in', async (model, text, words) => {
  expect((await judge(text, { model })).why).toContain(words);
});

test('evidence stays on a line, however long or odd a value is', async () => {
  const long = 'x'.repeat(5000);
  const { why, evidence } = await judge(
    historyOf([
      { index: 0, time: 0, type: 'invoke', process: 0, f: 'write', value: `\u202e\n${long}` },
      { index: 1, time: 1, type: 'ok', process: 0, f: 'write', value: `\u202e\n${long}` },
      { index: 2, time: 2, type: 'invoke', process: 0, f: 'read', value: null },
      { index: 3, time: 3, type: 'ok', process: 0, f: 'read', value: `${long}y` },
    ]),
  );
  expect(why?.length).toBeLessThan(700);
  expect(JSON.stringify([why, evidence])).not.toMatch(/[\u202e\n]/);
  expect(JSON.stringify(evidence).length).toBeLessThan(3000);
});

/** Two clients of a register, one of a set: a right and a wrong history of each, longer than the notation likes. */
describe('what makes no difference', () => {
  const REGISTER =
    '0 write 1, 1 read, 0 ok, 1 ok 1, 2 cas [1,2], 0 read, 2 ok, 0 ok 2, 1 write 3, 3 read, 1 info, 3 ok 3, 0 write 4, 0 ok';
  const histories: readonly (readonly [string, string, boolean])[] = [
    ['register', REGISTER, true],
    ['register', `${REGISTER}, 2 read, 2 ok 2`, false],
    ['set', '0 add 1, 1 add 2, 2 read, 2 ok [2], 0 ok, 1 ok, 2 read, 2 ok [1,2]', true],
    ['set', '0 add 1, 1 add 2, 2 read, 2 ok [2], 0 ok, 1 ok, 2 read, 2 ok [1]', false],
  ];
  const change = (text: string, by: (op: Op) => Op): History => historyOf([...history(text).ops()].map(by));
  const renamed = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(renamed) : typeof value === 'number' ? `v${value}` : value;

  test.each(histories)('%s: %s', async (_, text, valid) => {
    const same = async (given: History | string) => expect((await judge(given)).valid).toBe(valid);
    await same(text);
    await same(change(text, (op) => ({ ...op, value: renamed(op.value) })));
    await same(change(text, (op) => ({ ...op, process: (op.process as number) * 7 + 1 })));
    await same(change(text, (op) => ({ ...op, time: op.time + 1e12 })));
    await same(change(text, (op) => ({ ...op, index: op.index * 3 + 5 })));
    // What goes on validly afterwards.
    await same(`${text}, 8 ${text.includes('add') ? 'add 77' : 'write 77'}, 8 ok`);
    // A write that nobody sees, or did not happen.
    await same(`9 ${text.includes('add') ? 'add 77' : 'write 77'}, ${text}`);
    await same(`9 ${text.includes('add') ? 'add 77' : 'write 77'}, 9 fail, ${text}`);
    // The same on two keys at once.
    const twice = [...history(text).ops()].flatMap((op, i) =>
      ['a', 'b'].map((key, k) => ({
        ...op,
        index: 2 * i + k,
        process: 2 * (op.process as number) + k,
        value: [key, op.value],
      })),
    );
    await same(historyOf(twice));
    const found = await judge(historyOf(twice));
    expect(found.failures).toEqual(valid ? [] : ['a', 'b']);
  });
});

test('a drain out of order is told as the one operation that it is', async () => {
  const ops = [...history('0 enqueue 1, 0 ok, 0 enqueue 2, 0 ok, 0 drain, 0 ok [2,1]').ops()];
  const found = await judge(historyOf(ops.map((op) => ({ ...op, index: 10 * op.index }))), { model: 'fifo-queue' });
  expect(found).toMatchObject({
    why: 'drain -> [2,1] of process 0 (operations 40 to 50) fits no order of the calls: 1 was put in before 2 was, and had not been taken out',
    failing_index: 50,
    previous_ok_index: 30,
    evidence: { failing: 40, configurations: [{ state: '[1 2]', linearized: [0, 20], pending: [40] }] },
  });
  const twice = '0 enqueue 1, 0 ok, 0 enqueue 2, 0 ok, 0 drain, 0 ok [1,2], 0 dequeue, 0 ok 1';
  const why = (await judge(twice, { model: 'fifo-queue' })).why;
  expect(why).toContain('1 had been taken out before (operations 4 to 5)');
});
