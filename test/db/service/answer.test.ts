import { describe, expect, test } from 'vitest';
import { begins, elementsIn, refusal, valueIn } from '../../../src/db/service/answer.ts';

const list = (body: string, answer = '', each = '') => elementsIn(body, { answer, each });

describe('the elements of a set', () => {
  test.each([
    ['[3, 1, 2]', '', '', [1, 2, 3]],
    ['[10, 9, 9]', '', '', [9, 9, 10]],
    ['[]', '', '', []],
    ['{"elements": ["2", "1"]}', '/elements', '', [1, 2]],
    ['{"a": [{"b/c": {"~": [5]}}]}', '/a/0/b~1c/~0', '', [5]],
    ['{"": [7]}', '/', '', [7]],
    ['{"~1": [3]}', '/~01', '', [3]],
    ['[{"id": 4, "v": {"n": 2}}, {"id": 5, "v": {"n": 1}}]', '', '/v/n', [1, 2]],
    ['3\n1\r\n2\n', 'text', '', [1, 2, 3]],
    ['', 'text', '', []],
    ['[-1, 9007199254740991]', '', '', [-1, 9007199254740991]],
  ])('%s at %j, each at %j', (body, answer, each, elements) => expect(list(body, answer, each)).toEqual(elements));

  test.each([
    ['', '', '', 'the body is not JSON; the body is empty'],
    ['<html>Bad\n  Gateway</html>', '/x', '', 'the body is not JSON; the body: <html>Bad Gateway</html>'],
    ['{"items": []}', '/elements', '', '/elements leads nowhere; the body: {"items": []}'],
    ['[[1]]', '/length', '', '/length leads nowhere; the body: [[1]]'],
    ['[[1]]', '/01', '', '/01 leads nowhere; the body: [[1]]'],
    ['{}', '/constructor', '', '/constructor leads nowhere; the body: {}'],
    ['{"elements": null}', '/elements', '', 'at /elements stands no list; the body: {"elements": null}'],
    ['{}', '', '', 'as the body stands no list; the body: {}'],
    ['[1.5]', '', '', 'an item is no integer, but 1.5; the body: [1.5]'],
    ['[9007199254740993]', '', '', 'an item is no integer, but 9007199254740992; the body: [9007199254740993]'],
    [
      '["99999999999999999999"]',
      '',
      '',
      'an item is no integer, but "99999999999999999999"; the body: ["99999999999999999999"]',
    ],
    ['["0x10"]', '', '', 'an item is no integer, but "0x10"; the body: ["0x10"]'],
    ['[""]', '', '', 'an item is no integer, but ""; the body: [""]'],
    ['[null]', '', '', 'an item is no integer, but null; the body: [null]'],
    ['[{"id": 1}]', '', '', 'an item is no integer, but a map or a list; the body: [{"id": 1}]'],
    ['[{"id": 1}, 2]', '', '/id', '/id leads nowhere; the body: [{"id": 1}, 2]'],
    ['1 two', 'text', '', 'a word is no integer, but "two"; the body: 1 two'],
  ])('%s at %j, each at %j: none', (body, answer, each, words) =>
    expect(() => list(body, answer, each)).toThrow(words),
  );
});

describe('the value of a register', () => {
  test.each([
    ['5', '', 5],
    ['"5"', '', 5],
    ['null', '', null],
    ['{"value": null}', '/value', null],
    [' 5\n', 'text', 5],
  ])('%s at %j', (body, answer, value) => expect(valueIn(body, { answer })).toBe(value));

  test.each([
    ['{}', '/value', '/value leads nowhere; the body: {}'],
    ['[5]', '', 'the value at "" is no integer, but a map or a list; the body: [5]'],
    ['', 'text', 'the body is no integer, but ""; the body is empty'],
    ['true', '', 'the value at "" is no integer, but true; the body: true'],
  ])('%s at %j: none', (body, answer, words) => expect(() => valueIn(body, { answer })).toThrow(words));
});

describe('a question', () => {
  const question = { path: '/', headers: {}, ok: [200, 204] };
  const role = { ...question, answer: '/role', equals: 'primary' };
  test.each([
    [question, 200, '', undefined],
    [question, 503, 'starting', 'it answers with status 503: starting'],
    [question, 302, '', 'it answers with status 302'],
    [role, 200, '{"role": "primary"}', undefined],
    [role, 200, '{"role": "replica"}', '/role is "replica", not "primary"'],
    [role, 503, '{"role": "primary"}', 'it answers with status 503: {"role": "primary"}'],
    [role, 200, 'primary', 'the body is not JSON; the body: primary'],
    [{ ...role, equals: true }, 200, '{"role": "true"}', '/role is "true", not true'],
  ])('%j, status %i, %s', (asked, status, body, words) => expect(refusal(asked, status, body)).toBe(words));
});

test('a long body is told by its beginning', () => {
  expect(begins('x'.repeat(500))).toBe(`: ${'x'.repeat(100)}...`);
});
