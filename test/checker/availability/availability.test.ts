import { expect, test } from 'vitest';
import { availability } from '../../../src/checker/availability/index.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { historyOf } from '../../../src/history/index.ts';
import { history } from '../notation.ts';
import { timed } from '../timed.ts';

const THREE_OF_FOUR = '0 add 1, 0 ok, 0 add 2, 0 ok, 0 add 3, 0 ok, 0 add 4, 0 fail';

test.each([
  ['>= 75%', true],
  ['>=75%', true],
  ['> 75%', false],
  ['<= 75%', true],
  ['< 75%', false],
  ['< 75.1%', true],
  ['>= 90%', false],
])('three of four are %s: %s', async (acknowledged, valid) => {
  expect(await availability.check(history(THREE_OF_FOUR), { acknowledged }, BARE_CONTEXT)).toMatchObject({
    valid,
    rate: 0.75,
  });
});

test('a bound is compared without rounding', async () => {
  const seven = Array.from({ length: 100 }, (_, i) => `0 add ${i}, 0 ${i < 7 ? 'ok' : 'fail'}`).join(', ');
  expect(await availability.check(history(seven), { acknowledged: '>= 7%' }, BARE_CONTEXT)).toMatchObject({
    valid: true,
  });
});

test('counts by outcome; an open operation is info, and reads do not count', async () => {
  const text = `${THREE_OF_FOUR}, 0 add 5, 1 add 6, 1 info, 2 read, 2 fail, 2 read-node ["n1",null], 2 ok ["n1",[]]`;
  const result = await availability.check(history(text), { acknowledged: '>= 90%' }, BARE_CONTEXT);
  expect(result).toEqual({
    valid: false,
    why: '50% of the operations were acknowledged, not >= 90%',
    attempted: 6,
    ok: 3,
    fail: 1,
    info: 2,
    rate: 0.5,
    bound: '>= 90%',
    acknowledged_rate: 0.5,
    longest_gap_ms: 0.000004,
    nodes: {},
    sides: [],
  });
  expect(availability.text(result)).toEqual([
    '50% of 6 operations acknowledged (bound: >= 90%)',
    '3 ok, 1 fail, 2 info',
  ]);
});

test('without operations it is unknown', async () => {
  const result = await availability.check(history('0 read, 0 ok []'), { acknowledged: '>= 0%' }, BARE_CONTEXT);
  expect(result).toMatchObject({ valid: 'unknown', why: 'no operation was attempted' });
  expect(availability.text(result)).toEqual(['no operation was attempted']);
});

const AT_HOME = { ...BARE_CONTEXT, home: (process: number) => `n${(process % 3) + 1}` };
const checkTimed = (text: string, settings: { acknowledged?: string; gap?: string } = {}, context = BARE_CONTEXT) =>
  availability.check(timed(text), { acknowledged: '>= 0%', ...settings }, context);

test('the longest gap is from one ok to the next', async () => {
  const text = '1s 0 add 1\n 1.1s 0 ok\n 1.2s 0 add 2\n 5s 0 fail\n 5s 0 add 3\n 5.5s 0 ok\n 6s 0 add 4\n 6.1s 0 ok';
  const result = await checkTimed(text);
  // nothing was open from 1.1 s to 1.2 s
  expect(result).toMatchObject({ longest_gap_ms: 4300 });
  expect(availability.text(result)).toContain('longest time in which none ended ok: 4.3s');
});

test.each([
  ['what was open at the last ok counts from there', '1s 0 add 1\n 1s 1 add 2\n 2s 0 ok\n 9s 1 ok', 7000],
  ['nothing tried, no gap', '1s 0 add 1\n 1.5s 0 ok\n 99s 0 add 2\n 99.2s 0 ok', 500],
  ['the last one ends with the last that is heard', '1s 0 add 1\n 1.1s 0 ok\n 2s 0 add 2\n 8s 0 info', 6000],
  ['nothing ever ends', '1s 0 add 1\n 4s 1 add 2', 3000],
  ['reads are no news', '1s 0 add 1\n 2s 1 read\n 3s 1 ok []\n 4s 0 ok', 3000],
])('%s', async (_, text, gap) => {
  expect(await checkTimed(text)).toMatchObject({ longest_gap_ms: gap });
});

test('a history without times says nothing about gaps', async () => {
  const given = historyOf([...history(THREE_OF_FOUR).ops()].map((op) => ({ ...op, time: 0 })));
  const check = (settings: { acknowledged: string; gap?: string }) => availability.check(given, settings, BARE_CONTEXT);
  expect(await check({ acknowledged: '>= 75%', gap: '< 5s' })).toMatchObject({
    valid: 'unknown',
    why: 'the history has no times: how long the gaps are is not known',
  });
  expect(await check({ acknowledged: '>= 90%', gap: '< 5s' })).toMatchObject({ valid: false });
  expect(await check({ acknowledged: '>= 75%' })).toMatchObject({ valid: true });
});

test('a gap that is too long is a violation with its date', async () => {
  const text = `
    1s 0 add 1
    2s 0 ok
    3s 0 add 2
    8s 0 ok
    9s 0 add 3
    9.5s 0 ok
    10s 0 add 4
    20s 0 info`;
  const broken = [
    { what: 'no operation ended ok', index: 2, from: 3e9, until: 8e9 },
    { what: 'no operation ended ok', index: 6, from: 10e9 },
  ];
  expect(await checkTimed(text, { gap: '< 5s' })).toMatchObject({
    valid: false,
    why: 'no operation ended ok for 10s, not < 5s',
    broken,
  });
  expect((await checkTimed(text, { gap: '<= 5s' })).broken).toEqual([broken[1]]);
  const fine = await checkTimed(text, { gap: '<= 10s' });
  expect(fine).toMatchObject({ valid: true });
  expect(fine).not.toHaveProperty('broken');
});

const CUT = `
  1s 0 add 1
  1.1s 0 ok
  2s nemesis start-partition {"fault":"f1","action":{"groups":[["minority"],["majority"]]}}
  2s nemesis start-partition {"fault":"f1","hit":{"groups":[["n1"],["n2","n3"]]}}
  3s 0 add 2
  3.1s 1 add 3
  3.2s 1 ok
  3.3s 2 add 4
  3.4s 2 ok
  8s 0 info
  9s nemesis stop-partition {"fault":"f1"}
  9s nemesis stop-partition {"fault":"f1","nodes":{}}
  9.5s 3 add 5
  9.6s 3 ok`;

test('by node, and by side of a partition while it is in force', async () => {
  const result = await checkTimed(CUT, {}, AT_HOME);
  expect(result).toMatchObject({
    nodes: { n1: { attempted: 3, ok: 2, info: 1 }, n2: { attempted: 1, ok: 1 }, n3: { attempted: 1, ok: 1 } },
    sides: [
      { fault: 'f1', side: 'n1', attempted: 1, ok: 0, info: 1, rate: 0, longest_gap_ms: 5000 },
      { fault: 'f1', side: 'n2 n3', attempted: 2, ok: 2, rate: 1 },
    ],
  });
  const lines = availability.text(result);
  expect(lines).toContain('during f1, clients of {n1}: 0% of 1 acknowledged, longest gap 5s');
  expect(lines).toContain('during f1, clients of {n2 n3}: 100% of 2 acknowledged, longest gap 100ms');
  expect(lines).toContain('clients of n1: 66.66% of 3 acknowledged, longest gap 6.6s');
});

test('a partition in one direction has the senders and the others as its sides; a bridge is on both', async () => {
  const hit = (value: string) => CUT.replace('{"groups":[["n1"],["n2","n3"]]}', value);
  const oneWay = await checkTimed(hit('{"from":["n3"],"to":["n1","n2"]}'), {}, AT_HOME);
  expect(oneWay).toMatchObject({
    sides: [
      { side: 'n3', attempted: 1 },
      { side: 'n1 n2', attempted: 2 },
    ],
  });
  const bridge = await checkTimed(hit('{"groups":[["n1","n2"],["n2","n3"]]}'), {}, AT_HOME);
  expect(bridge).toMatchObject({
    sides: [
      { side: 'n1 n2', attempted: 2 },
      { side: 'n2 n3', attempted: 2 },
    ],
  });
});

test('where nobody knows the homes there are neither', async () => {
  const result = await checkTimed(CUT);
  expect(result).toMatchObject({ nodes: {}, sides: [{ attempted: 0 }, { attempted: 0 }] });
  expect(availability.text(result).join()).not.toContain('clients of');
});

test('of many partitions the first sides are told', async () => {
  const cuts = Array.from({ length: 6 }, (_, i) => {
    const f = `f${i}`;
    return `
      ${10 * i + 1}s nemesis start-partition {"fault":"${f}","hit":{"groups":[["n1"],["n2","n3"]]}}
      ${10 * i + 2}s 0 add 1
      ${10 * i + 2}s 1 add 2
      ${10 * i + 2}s 0 ok
      ${10 * i + 2}s 1 ok
      ${10 * i + 3}s nemesis stop-partition {"fault":"${f}"}`;
  });
  const result = await checkTimed(cuts.join(''), {}, AT_HOME);
  expect(result.sides).toHaveLength(12);
  const lines = availability.text(result).filter((line) => line.includes('side') || line.includes('during'));
  expect(lines).toHaveLength(9);
  expect(lines.at(-1)).toBe('... and 4 more sides');
});

test('of two partitions the one that goes on has its sides still', async () => {
  const result = await checkTimed(
    `1s nemesis start-partition {"fault":"f1","hit":{"groups":[["n1"],["n2","n3"]]}}
    2s nemesis start-partition {"fault":"f2","hit":{"groups":[["n1","n2"],["n3"]]}}
    3s 0 add 1
    3.1s 0 ok
    4s nemesis stop-partition {"fault":"f1"}
    5s 0 add 2
    5.1s 0 ok`,
    {},
    AT_HOME,
  );
  const attempted = (result.sides as { attempted: number }[]).map((side) => side.attempted);
  expect(attempted).toEqual([1, 0, 2, 0]);
});

test('nodes are in their natural order', async () => {
  const text = ['10', '2', '1'].map((process) => `${process} add 1, ${process} ok`).join(', ');
  const context = { ...BARE_CONTEXT, home: (process: number) => `n${process}` };
  const result = await availability.check(history(text), { acknowledged: '>= 0%' }, context);
  expect(Object.keys(result.nodes as object)).toEqual(['n1', 'n2', 'n10']);
});

test('a share is told without errors of rounding, and never rounded up', async () => {
  const of = (ok: number, all: number) => {
    const ops = Array.from({ length: all }, (_, i) => `0 add ${i}, 0 ${i < ok ? 'ok' : 'fail'}`).join(', ');
    return availability.check(history(ops), { acknowledged: '>= 0%' }, BARE_CONTEXT);
  };
  expect(availability.text(await of(57, 100))[0]).toBe('57% of 100 operations acknowledged (bound: >= 0%)');
  expect(availability.text(await of(2, 3))[0]).toMatch(/^66\.66% of 3 /);
});

test('a verify only looks', async () => {
  const text = '0 add 1, 0 ok, 1 verify 1, 1 fail';
  expect(await availability.check(history(text), { acknowledged: '>= 0%' }, BARE_CONTEXT)).toMatchObject({
    attempted: 1,
    fail: 0,
  });
});

test.each([
  ['1.1', 3],
  ['1.099', 2],
])('a gap from 1 to %s s: %d lines', async (until, lines) => {
  expect(availability.text(await checkTimed(`1s 0 add 1\n ${until}s 0 ok`))).toHaveLength(lines);
});
