import { expect, test } from 'vitest';
import { nemesisIntervals } from '../../src/checker/nemesis.ts';
import { timed } from './timed.ts';

const intervals = (fs: string) => {
  const text = fs.split(' ').map((f, at) => `${at}s nemesis ${f.replace(/:(.+)/, ' {"fault":"$1"}')}`);
  return nemesisIntervals(timed(text.join('\n'))).map(([start, stop]) => [start.index, stop?.index ?? null]);
};

test.each([
  // as util.clj explains it: pairs of starts, all ended by the next pair of stops
  [
    'start start start start stop stop',
    [
      [0, 4],
      [1, 5],
      [2, 4],
      [3, 5],
    ],
  ],
  [
    'start start stop stop start start stop stop',
    [
      [0, 2],
      [1, 3],
      [4, 6],
      [5, 7],
    ],
  ],
  [
    'start stop start stop',
    [
      [0, 1],
      [2, 3],
    ],
  ],
  [
    'start start',
    [
      [0, null],
      [1, null],
    ],
  ],
  [
    'start start stop',
    [
      [0, 2],
      [1, null],
    ],
  ],
  ['stop stop', []],
  // names and faults are told apart
  [
    'start-kill start-cut start-kill start-cut stop-cut stop-cut stop-kill stop-kill',
    [
      [0, 6],
      [1, 4],
      [2, 7],
      [3, 5],
    ],
  ],
  [
    'start-cut:f1 start-cut:f1 start-cut:f2 start-cut:f2 stop-cut:f1 stop-cut:f1 stop-cut:f2 stop-cut:f2',
    [
      [0, 4],
      [1, 5],
      [2, 6],
      [3, 7],
    ],
  ],
])('%s', (fs, expected) => {
  expect(intervals(fs)).toEqual(expected);
});
