import { expect, test } from 'vitest';
import { queue } from '../../../src/workload/queue/index.ts';
import { play } from '../play.ts';

test('what goes in is distinct, and at the end all is taken out', () => {
  const played = play(queue, { ops: 1000 });
  const entered = played.filter(({ f }) => f === 'enqueue').map(({ value }) => value);
  expect(entered.length).toBeGreaterThan(400);
  expect(entered.length).toBeLessThan(600);
  expect(new Set(entered).size).toBe(entered.length);
  expect(queue.finalReads({ ops: 1, mix: ['enqueue'] }, [])).toEqual([{ f: 'drain', value: null }]);
});
