import { expect, test } from 'vitest';
import { setFull } from '../../../src/workload/set-full/index.ts';
import { named, play } from '../play.ts';

test('each client adds so often, then reads; the elements have no gaps', () => {
  const played = play(setFull, { ops: 16, adds_per_read: 3 }, { clients: 2 });
  expect(played.filter(({ client }) => client === 1).map(named)).toEqual([
    ...['add 1', 'add 3', 'add 5', 'read', 'add 7', 'add 9', 'add 11', 'read'],
  ]);
  const added = played.filter(({ f }) => f === 'add').map(({ value }) => value as number);
  expect(added.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('on request reads go to nodes, drawn from the seed', () => {
  const reads = play(setFull, { ops: 300, read_from: 'every-node' }).filter(({ f }) => f !== 'add');
  expect(new Set(reads.map(named))).toEqual(new Set(['n1', 'n2', 'n3'].map((node) => `read-node ["${node}",null]`)));
});
