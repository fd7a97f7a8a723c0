import { expect, test } from 'vitest';
import { brokenLines } from '../../src/report/broken.ts';

const s = (seconds: number) => seconds * 1e9;
const stretch = (from: number, until?: number) => ({
  what: 'reads were stale',
  index: 1,
  from: s(from),
  ...(until !== undefined && { until: s(until) }),
});
const F1 = { fault: 'f1', nemesis: 'partition', from_ns: s(12), until_ns: s(16) };
const F2 = { fault: 'f2', nemesis: 'kill', from_ns: s(30), until_ns: null };

test.each([
  ['nothing', [], [], 0, []],
  [
    'one',
    [stretch(12.3, 15.4)],
    [F1],
    0,
    ['first broken at 12.3s, held again at 15.4s; 3.1s long; during f1 partition'],
  ],
  [
    'times of the workload',
    [stretch(12.3, 15.4)],
    [F1],
    s(2),
    ['first broken at 10.3s, held again at 13.4s; 3.1s long; during f1 partition'],
  ],
  [
    'several, one of them by itself',
    [stretch(12.3, 14.3), stretch(20, 21), stretch(13, 15)],
    [F1],
    0,
    [
      'first broken at 12.3s, held again at 21s; 2 stretches, 3.7s in all; during f1 partition; 1 of them during no fault',
    ],
  ],
  ['none during a fault', [stretch(1, 2)], [F1], 0, ['first broken at 1s, held again at 2s; 1s long; during no fault']],
  ['until the end', [stretch(31)], [F1, F2], 0, ['first broken at 31s, not seen to hold again; during f2 kill']],
  [
    'several, the last until the end',
    [stretch(1, 2), stretch(31)],
    [],
    0,
    ['first broken at 1s, not seen to hold again; 2 stretches, at least 1s in all'],
  ],
  ['no faults at all', [stretch(1, 2)], [], 0, ['first broken at 1s, held again at 2s; 1s long']],
] as const)('%s', (_, broken, faults, start, lines) => {
  expect(brokenLines(broken, start, faults)).toEqual(lines);
});

test('of more than a result has, nobody knows when it held again', () => {
  const many = Array.from({ length: 1000 }, (_, i) => stretch(2 * i, 2 * i + 1));
  expect(brokenLines(many)).toEqual(['first broken at 0s; at least 1000 stretches, at least 16m40s in all']);
  expect(brokenLines(many.slice(1))).toEqual([
    'first broken at 2s, held again at 33m19s; 999 stretches, 16m39s in all',
  ]);
});
