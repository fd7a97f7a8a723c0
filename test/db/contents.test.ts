/** That the check of `contents.ts` finds what it is for: a change that was not told, one told too much, a kill that was forgotten. */
import { expect, test } from 'vitest';
import type { Model, TraceEntry } from '../../src/contract/index.ts';
import { Replay } from './contents.ts';

const entry = (change: TraceEntry['change'], elements?: readonly number[]): TraceEntry => ({
  ...{ time: 2_000_000_000, node: 'n1', process: 'server', what: 'write', words: 'of a test' },
  ...(change && { change }),
  ...(elements && { elements }),
});

const having = (contents: Record<string, number[]>) => ({ contents: () => contents }) as unknown as Model;

/** What is found where these entries were told and the node has that. */
function differences(told: readonly TraceEntry[], contents: Record<string, number[]>): readonly string[] {
  const replay = new Replay();
  for (const one of told) replay.take(one);
  replay.compare('n1', having(contents));
  return replay.differences;
}

test('what was told is what is there', () => {
  expect(differences([entry('gained', [1, 2]), entry('dropped', [1])], { server: [2] })).toEqual([]);
  expect(differences([entry('gained', [1, 2]), entry('dropped'), entry('gained', [1])], { server: [1] })).toEqual([]);
  expect(differences([entry('gained', [1]), entry('dropped')], {})).toEqual([]);
  // Without a change an entry says nothing of who has what.
  expect(differences([entry(undefined, [1])], { server: [] })).toEqual([]);
});

test('it differs, and how', () => {
  const lacks = (untold: string, gone: string) => [
    `after 2.000000 s n1 server: it has ${untold}, which was never told; it lacks ${gone}`,
  ];
  expect(differences([entry('gained', [1])], { server: [1, 2] })).toEqual(lacks('2', 'nothing'));
  expect(differences([entry('gained', [1, 2])], { server: [1] })).toEqual(lacks('nothing', '2'));
  expect(differences([entry('gained', [1, 2])], { server: [1, 3] })).toEqual(lacks('3', '2'));
  expect(differences([entry('gained', [1])], {})).toEqual(lacks('nothing', '1'));
  expect(differences([entry('gained', [1])], { server: [1], other: [2] })[0]).toContain('n1 other: it has 2');
});

test('an entry that is no news', () => {
  expect(differences([entry('gained', [1]), entry('gained', [1])], { server: [1] })).toEqual([
    '2.000000 s n1 server: write of 1 is no news (gained)',
  ]);
  expect(differences([entry('dropped', [1])], {})).toEqual(['2.000000 s n1 server: write of 1 is no news (dropped)']);
});

test('a difference is told once', () => {
  const replay = new Replay();
  for (let look = 0; look < 3; look++) replay.compare('n1', having({ server: [7] }));
  expect(replay.differences).toHaveLength(1);
});
