import { expect, test } from 'vitest';
import { stats } from '../../../src/checker/stats/index.ts';
import { Tally } from '../../../src/checker/stats/tally.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { historyOf, type Op } from '../../../src/history/index.ts';
import { history } from '../notation.ts';
import { timed } from '../timed.ts';

const check = (text: string, every_f = true) => stats.check(history(text), { every_f }, BARE_CONTEXT);

test('every kind of operation that ended must have ended ok once', async () => {
  expect(await check('0 foo, 1 foo, 0 ok, 1 fail, 0 bar, 1 bar, 0 info, 1 fail')).toMatchObject({
    valid: false,
    why: 'bar never ended ok',
    count: 4,
    ok_count: 1,
    fail_count: 2,
    info_count: 1,
    by_f: {
      foo: { valid: true, count: 2, ok_count: 1, fail_count: 1, info_count: 0 },
      bar: { valid: false, count: 2, ok_count: 0, fail_count: 1, info_count: 1 },
    },
  });
});

test.each([
  ['', 'unknown', 'no operation was attempted'],
  ['0 foo', 'unknown', 'foo never ended at all'],
  ['0 foo, 0 ok, 0 bar', 'unknown', 'bar never ended at all'],
  ['0 foo, 0 fail, 0 bar', false, 'foo never ended ok'],
  ['0 foo, 0 ok', true, undefined],
])('%s: %s', async (text, valid, why) => {
  const result = await check(text);
  expect(result.valid).toBe(valid);
  expect(result.why).toBe(why);
});

test('without every_f it only counts', async () => {
  expect(await check('0 foo, 0 fail', false)).toMatchObject({ valid: true, fail_count: 1, open_count: 0 });
});

test('errors are counted by what was told, kind and outcome, the most frequent first', async () => {
  const result = await stats.check(
    timed(`
      1s 0 add 1
      2s 0 info timeout
      3s 1 add 2
      4s 1 fail not primary
      5s 2 add 3
      6s 2 fail not primary
      7s 2 read
      8s 2 fail not primary
      9s nemesis start-kill
      9s 3 read`),
    { every_f: true },
    BARE_CONTEXT,
  );
  expect(result.errors).toEqual([
    { error: 'not primary', f: 'add', type: 'fail', count: 2, index: 3 },
    { error: 'timeout', f: 'add', type: 'info', count: 1, index: 1 },
    { error: 'not primary', f: 'read', type: 'fail', count: 1, index: 7 },
  ]);
  expect(result).toMatchObject({ count: 4, open_count: 1 });
  expect(stats.text(result)).toEqual([
    'all: 0 ok, 3 fail, 1 info, 1 never ended',
    'add   0 ok, 2 fail, 1 info',
    'read  0 ok, 1 fail, 0 info, 1 never ended',
    '2 × add fail: not primary (first: 3)',
    '1 × add info: timeout (first: 1)',
    '1 × read fail: not primary (first: 7)',
  ]);
});

test('what is told beside an ok is no error', async () => {
  const ops = [...history('0 add 1, 0 ok').ops()].map((op) => (op.type === 'ok' ? { ...op, error: 'a remark' } : op));
  expect((await stats.check(historyOf(ops), { every_f: true }, BARE_CONTEXT)).errors).toEqual([]);
});

test('exceptions beside operations are counted by class, as Jepsen writes them and as a reader may have put it', async () => {
  const op = (index: number, type: Op['type'], exception?: unknown) => ({
    index,
    time: 0,
    type,
    process: 0,
    f: 'foo',
    value: 1,
    ...(exception ? { exception } : {}),
  });
  const ops = [
    op(0, 'invoke'),
    op(1, 'info', { class: 'java.lang.IllegalStateException', message: 'x' }),
    op(2, 'invoke'),
    op(3, 'info', { via: [{ type: 'java.net.ConnectException', message: 'y' }] }),
    op(4, 'invoke'),
    op(5, 'info', { class: 'java.net.ConnectException' }),
  ];
  const result = await stats.check(historyOf(ops as Op[]), { every_f: false }, BARE_CONTEXT);
  expect(result.exceptions).toEqual([
    { class: 'java.net.ConnectException', count: 2, example_index: 3 },
    { class: 'java.lang.IllegalStateException', count: 1, example_index: 1 },
  ]);
});

test('the table of errors does not grow without end', () => {
  const tally = new Tally('(others)');
  for (let i = 0; i < 20_000; i++) tally.add(`error ${i}`, i);
  tally.add('error 0', 20_000);
  const rows = tally.rows(3);
  expect(rows[0]).toEqual({ name: '(others)', count: 10_001, index: 9_999 });
  expect(rows[1]).toEqual({ name: 'error 0', count: 2, index: 0 });
});

test('ten kinds of errors are told, and how many more there are', async () => {
  const text = Array.from({ length: 12 }, (_, i) => `${i}s 0 add 1\n${i}.5s 0 fail error ${i}`).join('\n');
  const lines = stats.text(await stats.check(timed(text), { every_f: true }, BARE_CONTEXT));
  expect(lines.slice(-2)).toEqual(['1 × add fail: error 9 (first: 19)', '... and 2 more kinds of errors']);
});

test("the nemesis's exceptions count, its operations do not", async () => {
  const op = { index: 0, time: 0, type: 'info', process: 'nemesis', f: 'kill', value: null, exception: { class: 'E' } };
  const result = await stats.check(historyOf([op as Op]), { every_f: false }, BARE_CONTEXT);
  expect(result).toMatchObject({ count: 0, exceptions: [{ class: 'E', count: 1, example_index: 0 }] });
});
