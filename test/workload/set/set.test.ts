import { expect, test } from 'vitest';
import { makeRng } from '../../../src/base/rng.ts';
import { set } from '../../../src/workload/set/index.ts';

const settings = { writes: 12, read_from: 'primary', on_unknown: 'leave' } as const;

test('it names the operations that its settings lead to', () => {
  expect(set.uses!(settings)).toEqual(['add', 'read']);
  expect(set.uses!({ ...settings, read_from: 'every-node', on_unknown: 'verify' })).toEqual([
    'add',
    'read',
    'read-node',
    'verify',
  ]);
});

test('client i of n adds i, i+n, i+2n, ...', () => {
  const generator = set.generator(settings, { clients: 5, nodes: [], rng: makeRng(1) });
  const ofClient = (client: number) => {
    const elements: unknown[] = [];
    for (let op = generator.next(client); op !== undefined; op = generator.next(client)) {
      expect(op.f).toBe('add');
      elements.push(op.value);
    }
    return elements;
  };
  expect([0, 1, 2, 3, 4].map(ofClient)).toEqual([
    [0, 5, 10],
    [1, 6, 11],
    [2, 7],
    [3, 8],
    [4, 9],
  ]);
});

test('more clients than writes: the rest have nothing to do', () => {
  const generator = set.generator({ ...settings, writes: 1 }, { clients: 2, nodes: [], rng: makeRng(1) });
  expect([generator.next(0), generator.next(0), generator.next(1)]).toEqual([
    { f: 'add', value: 0 },
    undefined,
    undefined,
  ]);
});

test('the final reads are the primary’s, and on request each node’s', () => {
  expect(set.finalReads(settings, ['n1', 'n2'])).toEqual([{ f: 'read', value: null }]);
  expect(set.finalReads({ ...settings, read_from: 'every-node' }, ['n1', 'n2'])).toEqual([
    { f: 'read', value: null },
    { f: 'read-node', value: ['n1', null] },
    { f: 'read-node', value: ['n2', null] },
  ]);
});
