import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandValues, fill, isUnclosed, placeholders } from '../../../src/db/service/template.ts';

test('a placeholder is replaced where it stands, as often as it stands there, and nothing else is', () => {
  const values = { value: '5', node: 'n1' };
  expect(fill('{{value}}', values)).toBe('5');
  expect(fill('{"{{node}}": {{ value }}, "again": [{{value}}]}', values)).toBe('{"n1": 5, "again": [5]}');
  expect(fill('{{{value}}}', values)).toBe('{5}');
  expect(fill('$(value) {value} ${value} %value% }}', values)).toBe('$(value) {value} ${value} %value% }}');
});

test('{{open}} is two braces, and what comes in is not looked at again', () => {
  expect(fill('{{open}}value}}', { value: '5' })).toBe('{{value}}');
  expect(fill('{{a}}', { a: '{{b}} $& $1', b: 'no' })).toBe('{{b}} $& $1');
});

test('whatever a value is, it comes through as it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (before, value, after) => {
      fc.pre(!`${before}|${after}`.includes('{'));
      expect(fill(`${before}{{it}}${after}`, { it: value })).toBe(before + value + after);
    }),
  );
});

test('values are encoded where they stand in a path', () => {
  expect(fill('/a b/{{it}}?q={{it}}', { it: 'x/y ?&ü' }, encodeURIComponent)).toBe(
    '/a b/x%2Fy%20%3F%26%C3%BC?q=x%2Fy%20%3F%26%C3%BC',
  );
});

test('braces that name nothing are left: the validator has refused those of the plan, and a secret may have some', () => {
  expect(fill('Bearer {{other}}', { it: '' })).toBe('Bearer {{other}}');
  expect(fill('{{constructor}}', {})).toBe('{{constructor}}');
});

test('the names in a text, and braces that begin none', () => {
  expect(placeholders('{{a}} {{ b }} {{}} {c}')).toEqual(['a', 'b', '']);
  for (const text of ['{{', '{{a}', '{{a {{b}}', '{{a}} {{ b']) expect(isUnclosed(text), text).toBe(true);
  for (const text of ['{{a}}', '{"a": {"b": 1}}', '{ {', '}}', '{{open}}']) expect(isUnclosed(text), text).toBe(false);
});

test('what commands on the second of three nodes may name', () => {
  const nodes = ['n1', 'n2', 'n3'].map((name, k) => ({ name, address: `10.0.0.${k + 1}`, dir: `/run/${name}` }));
  expect(commandValues(nodes, 1, 8080)).toEqual({
    node: 'n2',
    id: '2',
    address: '10.0.0.2',
    port: '8080',
    dir: '/run/n2',
    nodes: 'n1,n2,n3',
    addresses: '10.0.0.1,10.0.0.2,10.0.0.3',
    peers: '10.0.0.1:8080,10.0.0.3:8080',
  });
});
