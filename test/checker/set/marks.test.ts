import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Marks } from '../../../src/checker/set/marks.ts';

test('marks are those of a map, and come by size', () => {
  const element = fc.oneof(fc.integer({ min: -3, max: 40 }), fc.integer({ min: 900, max: 5000 }), fc.maxSafeInteger());
  fc.assert(
    fc.property(fc.array(fc.tuple(element, fc.integer({ min: 1, max: 7 })), { maxLength: 200 }), (added) => {
      const marks = new Marks();
      const map = new Map<number, number>();
      for (const [element, bits] of added) {
        marks.add(element, bits);
        map.set(element, (map.get(element) ?? 0) | bits);
        expect(marks.size).toBe(map.size);
        expect(marks.get(element)).toBe(map.get(element));
      }
      const visited: [number, number][] = [];
      marks.forEach((element, mark) => {
        visited.push([element, mark]);
      });
      expect(visited).toEqual([...map].sort(([a], [b]) => a - b));
      for (const other of [-7, 41, 1023, 1024, 6000]) expect(marks.get(other)).toBe(map.get(other) ?? 0);
    }),
    { numRuns: 300 },
  );
});

test('an element that was far stays marked when others come near it', () => {
  const marks = new Marks();
  marks.add(5000, 1);
  for (let element = 0; element < 5000; element++) marks.add(element, 2);
  marks.add(5000, 4);
  expect(marks.get(5000)).toBe(5);
  expect(marks.size).toBe(5001);
  let last = -1;
  marks.forEach((element) => {
    expect(element).toBe(last + 1);
    last = element;
  });
  expect(last).toBe(5000);
});
