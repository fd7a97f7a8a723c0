import { expect, test } from 'vitest';
import { counter } from '../../../src/workload/counter/index.ts';
import { named, play } from '../play.ts';

test('it adds the amounts that it is given, and reads', () => {
  const seen = (given: object) => [...new Set(play(counter, { ops: 200, ...given }).map(named))].sort();
  expect(seen({})).toEqual(['add 1', 'read']);
  expect(seen({ amounts: [2, -3], mix: ['add'] })).toEqual(['add -3', 'add 2']);
});
