import { expect, test } from 'vitest';
import { converged } from '../../../src/checker/converged/index.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { history } from '../notation.ts';

const check = (text: string, nodes: string[] = []) => converged.check(history(text), {}, { ...BARE_CONTEXT, nodes });

/** The final reads of the nodes, in their order. */
const reads = (...values: unknown[]) =>
  values.map((value, i) => `9 read-node ["n${i + 1}",null], 9 ok ["n${i + 1}",${JSON.stringify(value)}]`).join(', ');
const keyed = (key: string, ...values: unknown[]) =>
  values
    .map(
      (value, i) => `9 read-node ["${key}",["n${i + 1}",null]], 9 ok ["${key}",["n${i + 1}",${JSON.stringify(value)}]]`,
    )
    .join(', ');

test.each([
  ['sets', reads([1, 2], [2, 1], [1, 2, 2]), true],
  ['sets that differ', reads([1, 2], [2]), false],
  ['registers', reads(3, 3), true],
  ['registers that differ', reads(3, null), false],
  ['lists within', reads({ a: 1 }, { a: 1 }), true],
  ['keys', `${keyed('a', 1, 1)}, ${keyed('b', 2, 2)}`, true],
  ['one of the keys', `${keyed('a', 1, 1)}, ${keyed('b', 2, 3)}`, false],
  // a set of two looks like [node, value], but nobody asked for a key
  ['sets of two', reads(['a', 'b'], ['b', 'a']), true],
])('%s', async (_, text, valid) => {
  expect((await check(`0 add 1, 0 ok, ${text}`)).valid).toBe(valid);
});

test('says which nodes differ, and how', async () => {
  const result = await check(`0 add 1, 0 ok, ${reads([1, 2, 3], [1, 2, 3], [3])}`, ['n1', 'n2', 'n3']);
  expect(result).toMatchObject({
    valid: false,
    why: 'the nodes do not agree: n1 n2 | n3',
    keys_differing: 1,
    differences: [
      {
        key: null,
        values: [
          { nodes: ['n1', 'n2'], words: 'has all 3 elements' },
          { nodes: ['n3'], words: 'lacks 2 of 3 elements (1 2)' },
        ],
      },
    ],
  });
  expect(converged.text(result)).toEqual(['n1, n2 has all 3 elements', 'n3 lacks 2 of 3 elements (1 2)']);
});

test.each([
  ['an element that may have come late', `0 add 3, 0 info, ${reads([1], [1, 3])}`, 'unknown'],
  ['one whose add is open', `0 add 3, ${reads([1], [1, 3])}`, 'unknown'],
  ['another beside it', `0 add 3, 0 info, ${reads([1], [1, 3, 4])}`, false],
  ['one whose add failed', `0 add 3, 0 fail, ${reads([1], [1, 3])}`, false],
  ['a value that may have come late', `0 write 3, 0 info, ${reads(1, 3)}`, 'unknown'],
  ['a new one of a cas', `0 cas [1,3], 0 info, ${reads(1, 3)}`, 'unknown'],
  ['another value', `0 write 3, 0 info, ${reads(1, 2)}`, false],
  ['a counter', `0 add 3, 0 info, ${reads(1, 4)}`, 'unknown'],
  ['a value of its key', `0 write ["2",3], 0 info, ${keyed('2', 1, 3)}`, 'unknown'],
  ['a value of another key', `0 write ["b",3], 0 info, ${keyed('2', 1, 3)}, ${keyed('b', 3, 3)}`, false],
  ['no difference', `0 add 3, 0 info, ${reads([1, 3], [1, 3])}`, true],
])('writes of which nobody knows: %s', async (_, text, valid) => {
  expect((await check(`5 add 1, 5 ok, ${text}`)).valid).toBe(valid);
});

test('by key', async () => {
  const result = await check(`${keyed('a', 1, 1)}, ${keyed('b', 2, 3)}`);
  expect(result.why).toBe('the nodes do not agree in 1 of 2 keys (b ...): n1 | n2');
  expect(converged.text(result)).toEqual(['1 of 2 keys differ', 'b: n1 has 2', 'b: n2 has 3']);
});

test.each([
  ['', [], 'no node was read at the end'],
  [reads(1), [], 'only n1 was read'],
  [reads(1, 1), ['n1', 'n2', 'n3'], 'n3 was not read at the end'],
  [`${reads(1, 1)}, 0 write 2, 0 ok`, [], 'no read of a node was final'],
  // of a write that was open when the read began nobody knows whether it is to be there
  [`0 write 2, ${reads(1, 1)}, 0 ok`, [], 'no read of a node was final'],
  [`${reads(1, 1)}, 0 write 2, 0 info`, [], 'no read of a node was final'],
  [`${keyed('a', 1, 1)}, ${keyed('b', 1)}`, [], 'not every node was read for 1 of 2 keys (b)'],
  ['9 read-node ["n1",null], 9 info, 8 read-node ["n2",null], 8 fail', [], 'no node was read at the end'],
])('unknown: %s', async (text, nodes, why) => {
  const result = await check(text, nodes);
  expect(result.valid).toBe('unknown');
  expect(result.why).toContain(why);
});

test('of a run that was cut short, a difference is unknown', async () => {
  const context = { ...BARE_CONTEXT, cutShort: 'killed' };
  expect(await converged.check(history(reads(1, 2)), {}, context)).toMatchObject({
    valid: 'unknown',
    why: 'the nodes do not agree: n1 | n2, but they had not been given their time to (killed)',
  });
  expect(await converged.check(history(reads(1, 1)), {}, context)).toMatchObject({ valid: true });
});

test('a write that failed, or that nobody knows of and that began before, leaves a read final', async () => {
  expect(await check(`0 write 2, 0 info, ${reads(1, 1)}, 1 write 3, 1 fail`)).toMatchObject({ valid: true });
});

test('a write on another key leaves a read final', async () => {
  const text = `0 write ["a",1], 0 ok, ${keyed('a', 1, 1)}, 0 write ["b",1], 0 ok`;
  expect(await check(text)).toMatchObject({ valid: true, keys: 1 });
  // the value of a cas looks like a key and a value
  expect(await check(`${reads(1, 1)}, 0 cas [1,2], 0 ok`)).toMatchObject({ valid: 'unknown' });
});

test('of several reads the last counts', async () => {
  expect(await check(`${reads(1, 2)}, ${reads(3, 3)}`)).toMatchObject({ valid: true });
});

test('a write on no key that can be told bears on all', async () => {
  expect(await check(`${keyed('a', 1, 1)}, 0 clear, 0 ok`)).toMatchObject({ valid: 'unknown' });
  expect(await check(`0 clear, 0 ok, ${keyed('a', 1, 1)}`)).toMatchObject({ valid: true });
});

test('the last that was acknowledged counts, not the last that ended', async () => {
  const text = `1 write ["a",1], 0 write ["a",2], ${keyed('a', 1, 1)}, 0 ok, 1 info`;
  expect(await check(text)).toMatchObject({ valid: 'unknown' });
});

test('to look something up changes nothing', async () => {
  expect(await check(`${reads(1, 1)}, 0 verify 1, 0 ok [1,true]`)).toMatchObject({ valid: true });
});

test('of many missing elements the first are told', async () => {
  const result = await check(reads([1, 2, 3, 4, 5, 6], []));
  expect(converged.text(result)).toEqual(['n1 has all 6 elements', 'n2 lacks 6 of 6 elements (1 2 3 4 5 ...)']);
});

test('key 2 and key "2" are two keys', async () => {
  const number = '9 read-node [2,["n1",null]], 9 ok [2,["n1",5]], 9 read-node [2,["n2",null]], 9 ok [2,["n2",5]]';
  const result = await check(`${number}, ${keyed('2', 6, 7)}`);
  expect(result).toMatchObject({ keys: 2, keys_differing: 1, differences: [{ key: '"2"' }] });
  expect(await check(keyed('2', 6, 7))).toMatchObject({ differences: [{ key: '2' }] });
});
