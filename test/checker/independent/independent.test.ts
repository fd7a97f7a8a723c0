import { expect, test } from 'vitest';
import { independent } from '../../../src/checker/independent/index.ts';
import { checkers } from '../../../src/checker/index.ts';
import { BARE_CONTEXT, type CheckContext } from '../../../src/contract/index.ts';
import { historyOf, type Op } from '../../../src/history/index.ts';
import { history } from '../notation.ts';
import { timed } from '../timed.ts';

const FRESH = { freshness: { apart: '1s', initial: null } };
const CONTEXT: CheckContext = {
  ...BARE_CONTEXT,
  async check({ name, settings }, part) {
    return checkers.find((one) => one.name === name)!.check(part, settings, BARE_CONTEXT);
  },
};
const check = (text: string, checker: Record<string, unknown> = FRESH) =>
  independent.check(history(text), { checker }, CONTEXT);

const fresh = (key: string) => `0 write ["${key}",1], 0 ok, 0 read ["${key}",null], 0 ok ["${key}",1]`;
const stale = (key: string) => `0 write ["${key}",1], 0 ok, 0 read ["${key}",null], 0 ok ["${key}",null]`;
const unread = (key: string) => `0 write ["${key}",1], 0 ok`;

test.each([
  [[fresh('a'), fresh('b')], true, []],
  [[fresh('a'), unread('b')], 'unknown', []],
  [[unread('a'), stale('b'), fresh('c')], false, ['b']],
])('%#: as its worst key', async (parts, valid, failures) => {
  expect(await check(parts.join(', '))).toMatchObject({ valid, failures, keys: parts.length });
});

test('failing keys first, then unknown ones, with what was found', async () => {
  const result = await check([fresh('a'), unread('b'), stale('c'), fresh('d'), stale('e')].join(', '));
  expect(result).toMatchObject({ valid_keys: 2, invalid_keys: 2, unknown_keys: 1, failures: ['c', 'e'] });
  expect(Object.entries(result.results as object)).toEqual([
    ['c', false],
    ['e', false],
    ['b', 'unknown'],
    ['a', true],
    ['d', true],
  ]);
  expect((result.findings as { key: string }[]).map(({ key }) => key)).toEqual(['c', 'e', 'b']);
  expect(result.why).toBe(
    '2 of 5 keys are invalid (c, e); c: 1 of 1 reads returned a value that was known to be overwritten',
  );
  expect(independent.text(result)).toEqual([
    '5 keys: 2 invalid, 1 unknown, 2 valid',
    'c: freshness: 1 of 1 reads returned a value that was known to be overwritten',
    'e: freshness: 1 of 1 reads returned a value that was known to be overwritten',
    'b: freshness: no read ended ok',
  ]);
});

test('what fails comes before the verdicts by key, which JSON has in the order of numbers', async () => {
  const text = [fresh('1'), stale('2')].join(', ').replaceAll(/"(\d)"/g, '$1');
  const json = JSON.stringify(await check(text));
  expect(json).toContain('"results":{"1":true,"2":false}');
  expect(json).toContain('"failures":["2"]');
  expect(json.indexOf('"failures"')).toBeLessThan(json.indexOf('"results"'));
  expect(json.indexOf('"findings"')).toBeLessThan(json.indexOf('"results"'));
});

test('several checkers for each key', async () => {
  const result = await check([fresh('a'), unread('b')].join(', '), { ...FRESH, stats: { every_f: true } });
  expect(result).toMatchObject({
    valid: 'unknown',
    findings: [{ key: 'b', checkers: { freshness: { valid: 'unknown' }, stats: { valid: true } } }],
  });
});

test('each key gets its own operations, without the key and without the nemesis', async () => {
  const seen: unknown[] = [];
  const context: CheckContext = {
    ...CONTEXT,
    async check(_, part) {
      seen.push([...part.ops()].map(({ process, type, value }: Op) => [process, type, value]));
      return { valid: true };
    },
  };
  await independent.check(
    timed('1s 0 write [1,5]\n 2s nemesis start-kill\n 3s 1 write [2,6]\n 4s 0 ok\n 5s 1 info'),
    { checker: FRESH },
    context,
  );
  expect(seen).toEqual([
    [
      [0, 'invoke', 5],
      [0, 'ok', 5],
    ],
    [
      [1, 'invoke', 6],
      [1, 'info', 6],
    ],
  ]);
});

test('without keys it is unknown', async () => {
  expect(await check('0 write 1, 0 ok')).toMatchObject({ valid: 'unknown', why: expect.stringContaining('no keys') });
  expect(await independent.check(historyOf([]), { checker: FRESH }, CONTEXT)).toMatchObject({ valid: 'unknown' });
});

test('when something was broken is told for all keys together', async () => {
  const text = (key: string, s: number) =>
    `${s}s 0 write ["${key}",1]\n${s + 0.1}s 0 ok\n${s + 1}s 0 read ["${key}",null]\n${s + 1.1}s 0 ok ["${key}",null]\n${s + 2}s 0 read ["${key}",null]\n${s + 2.1}s 0 ok ["${key}",1]`;
  const result = await independent.check(timed(`${text('a', 1)}\n${text('b', 20)}`), { checker: FRESH }, CONTEXT);
  expect(result.broken).toMatchObject([
    { from: 2.1e9, until: 3.1e9 },
    { from: 21.1e9, until: 22.1e9 },
  ]);
});

test('of many keys the output is bounded, the counts are not', async () => {
  const text = Array.from({ length: 300 }, (_, i) => stale(`k${i}`)).join(', ');
  const result = await check(text);
  expect(result).toMatchObject({ keys: 300, invalid_keys: 300 });
  expect(result.findings).toHaveLength(20);
  expect(independent.text(result)).toHaveLength(7);
  expect(independent.text(result).at(-1)).toBe('... and 295 more keys');
});
