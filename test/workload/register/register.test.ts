import { describe, expect, it } from 'vitest';
import { makeRng } from '../../../src/base/rng.ts';
import { register } from '../../../src/workload/register/index.ts';

const SETTINGS = { ops: 1001, keys: 3, values: 2, mix: ['read', 'write', 'cas'] as ('read' | 'write' | 'cas')[] };

function all(settings = SETTINGS, seed = 1) {
  const generator = register.generator(settings, { clients: 4, rng: makeRng(seed) });
  const ops = [0, 1, 2, 3].map((client) => {
    const mine = [];
    for (let op = generator.next(client); op !== undefined; op = generator.next(client)) mine.push(op);
    return mine;
  });
  return ops;
}

describe('the workload register', () => {
  it('names the operations of its mix, and the read at the end', () => {
    expect(register.uses!(SETTINGS)).toEqual(['read', 'write', 'cas']);
    expect(register.uses!({ ...SETTINGS, mix: ['write', 'write'] })).toEqual(['write', 'read']);
  });

  it('does as many operations as were asked for, shared evenly', () => {
    expect(all().map((mine) => mine.length)).toEqual([251, 250, 250, 250]);
    expect(register.count(SETTINGS)).toBe(1001);
    expect(all({ ...SETTINGS, ops: 2 }).map((mine) => mine.length)).toEqual([1, 1, 0, 0]);
  });

  it('draws operation, key and values within bounds, all of them', () => {
    const ops = all().flat();
    const seen = new Set(ops.map(({ f, value }) => `${f} ${JSON.stringify(value)}`));
    const keys = [0, 1, 2];
    const expected = keys.flatMap((key) => [
      `read [${key},null]`,
      ...[0, 1].map((value) => `write [${key},${value}]`),
      ...[0, 1].flatMap((old) => [0, 1].map((value) => `cas [${key},[${old},${value}]]`)),
    ]);
    expect([...seen].sort()).toEqual(expected.sort());
    const reads = ops.filter(({ f }) => f === 'read').length;
    expect(reads).toBeGreaterThan(250);
    expect(reads).toBeLessThan(420);
  });

  it('follows the mix and the seed', () => {
    expect(new Set(all({ ...SETTINGS, mix: ['write'] }).flatMap((mine) => mine.map(({ f }) => f)))).toEqual(
      new Set(['write']),
    );
    expect(all()).toEqual(all());
    expect(all()).not.toEqual(all(SETTINGS, 2));
  });

  it('reads every register at the end', () => {
    expect(register.finalReads(SETTINGS, []).map(({ value }) => value)).toEqual([
      [0, null],
      [1, null],
      [2, null],
    ]);
  });
});
