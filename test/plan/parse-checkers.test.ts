import { expect, test } from 'vitest';
import { makeRegistry } from '../../src/cli/registry.ts';
import { parseCheckers } from '../../src/plan/index.ts';

const registry = makeRegistry();

test.each([
  ['sett', 1, 'there is no checker "sett"'],
  ['{}', 1, 'this names no checker'],
  ['logs: {forbidden: [(a+)+]}', 20, 'a repetition within a repetition'],
  ['independent: {checker: {logs: {forbidden: [(]}}}', 44, 'not a regular expression'],
  ['assertions: {}', 13, 'nothing is asserted'],
  ['two words', 1, 'expected a block that names a checker, got the text "two words"'],
])('%s is refused as in a plan', (text, column, words) => {
  const { checkers, problems } = parseCheckers(text, '--checker', registry);
  expect(checkers).toBeUndefined();
  expect(problems).toMatchObject([{ line: 1, column, message: expect.stringContaining(words) }]);
});

test('a name alone is enough', () => {
  expect(parseCheckers('stats', '--checker', registry)).toMatchObject({ checkers: [{ name: 'stats' }], problems: [] });
});
