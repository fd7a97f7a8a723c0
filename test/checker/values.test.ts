import { expect, test } from 'vitest';
import { identity, listed, Numbered, some } from '../../src/checker/values.ts';

test('values keep their numbers, whatever comes near them later', () => {
  const numbered = new Numbered();
  const values: unknown[] = [5000, 'a', -1, '5000', [5000], 1.5, ...Array.from({ length: 5000 }, (_, i) => i)];
  expect(values.map((value) => numbered.add(value))).toEqual([...values.keys()]);
  expect(values.map((value) => numbered.find(value))).toEqual([...values.keys()]);
  expect(values.map((value) => numbered.add(value))).toEqual([...values.keys()]);
  expect(numbered.size).toBe(values.length);
  expect(numbered.find('b')).toBe(-1);
});

test('equal values have one identity, others have others', () => {
  expect(identity({ a: 1, b: [2] })).toBe(identity({ b: [2], a: 1 }));
  const different = [1, '1', [1], ['1'], null, 'null', {}, true, '"1"'].map(identity);
  expect(new Set(different).size).toBe(different.length);
});

test('lists are compact where all are integers', () => {
  expect(listed([3, 1, 2, 2, 9])).toBe('1..2 2..3 9');
  expect(listed(['b', 1, 'a'])).toEqual(['a', 'b', 1]);
  expect(some('1..20')).toBe('1 2 3 4 5 6 7 8 9 10 11 12 ...');
  expect(some(['a', [1]])).toBe('"a" [1]');
});
