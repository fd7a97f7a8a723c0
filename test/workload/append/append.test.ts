import { describe, expect, it } from 'vitest';
import { makeRng } from '../../../src/base/rng.ts';
import { append, type MicroOp } from '../../../src/workload/append/index.ts';

const SETTINGS = { transactions: 1001, keys: 3, appends_per_key: 10, max_operations: 4 };

/** Transactions in the order in which four clients that take turns do them. */
function all(settings = SETTINGS, seed = 1): MicroOp[][] {
  const generator = append.generator(settings, { clients: 4, nodes: [], rng: makeRng(seed) });
  const found: MicroOp[][] = [];
  for (;;) {
    const ops = [0, 1, 2, 3].map((client) => generator.next(client));
    if (ops.every((op) => op === undefined)) return found;
    for (const op of ops) if (op !== undefined) found.push(op.value as MicroOp[]);
  }
}

describe('the workload append', () => {
  it('does as many transactions as were asked for, of one to four operations', () => {
    const lengths = all().map((transaction) => transaction.length);
    expect(lengths.length).toBe(1001);
    expect(new Set(lengths)).toEqual(new Set([1, 2, 3, 4]));
  });

  it('appends every element to its list once, in order, and then takes a new list', () => {
    const lists = new Map<number, number[]>();
    for (const [f, key, element] of all().flat())
      if (f === 'append') lists.set(key, [...(lists.get(key) ?? []), element]);
    const full = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const unfinished = [...lists.values()].filter((list) => list.length < 10);
    expect(lists.size).toBeGreaterThan(100);
    expect(unfinished.length).toBeLessThanOrEqual(3);
    for (const list of lists.values()) expect(list).toEqual(full.slice(0, list.length));
  });

  it('reads lists that are in use: no more at a time than keys', () => {
    const reads = all()
      .flat()
      .filter(([f]) => f === 'r');
    expect(reads.length).toBeGreaterThan(1000);
    for (const read of reads) expect(read[2]).toBeNull();
    expect(
      new Set(
        all(SETTINGS)
          .flat()
          .map(([, key]) => key),
      ).size,
    ).toBeGreaterThan(100);
  });

  it('follows the seed', () => {
    expect(all()).toEqual(all());
    expect(all()).not.toEqual(all(SETTINGS, 2));
  });
});
