import { describe, expect, it } from 'vitest';
import { register } from '../../../src/workload/register/index.ts';
import { named, play, withDefaults } from '../play.ts';

const SETTINGS = { ops: 1001, keys: 3, values: 2 };

describe('the workload register', () => {
  it('names the operations of its mix, and the reads at the end', () => {
    const uses = (given: object) => register.uses!(withDefaults(register, given) as never);
    expect(uses({})).toEqual(['read', 'write', 'cas']);
    expect(uses({ mix: ['write', 'write'] })).toEqual(['write', 'read']);
    expect(uses({ read_from: 'every-node' })).toEqual(['read', 'write', 'cas', 'read-node']);
  });

  it('draws operation, key and values within bounds, all of them', () => {
    const ops = play(register, SETTINGS);
    const keys = [0, 1, 2];
    const expected = keys.flatMap((key) => [
      `read [${key},null]`,
      ...[0, 1].map((value) => `write [${key},${value}]`),
      ...[0, 1].flatMap((old) => [0, 1].map((value) => `cas [${key},[${old},${value}]]`)),
    ]);
    expect([...new Set(ops.map(named))].sort()).toEqual(expected.sort());
    const reads = ops.filter(({ f }) => f === 'read').length;
    expect(reads).toBeGreaterThan(250);
    expect(reads).toBeLessThan(420);
  });

  it('follows the mix and the seed', () => {
    const given = { ...SETTINGS, mix: ['write'] };
    expect(new Set(play(register, given).map(({ f }) => f))).toEqual(new Set(['write']));
    expect(play(register, SETTINGS)).not.toEqual(play(register, SETTINGS, { seed: 2 }));
  });

  it('writes each value once, where it has no cas and no number of values', () => {
    const written = (given: object) =>
      play(register, { ops: 500, ...given }).flatMap(({ f, value }) => (f === 'write' ? [(value as number[])[1]] : []));
    const distinct = written({ mix: ['read', 'write'] });
    expect(distinct.length).toBeGreaterThan(200);
    expect(new Set(distinct).size).toBe(distinct.length);
    expect(new Set(written({ mix: ['read', 'write'], values: 7 })).size).toBe(7);
    expect(new Set(written({})).size).toBe(5);
  });

  it('reads at a node that the seed draws, on request', () => {
    const reads = play(register, { ops: 300, keys: 1, mix: ['read'], read_from: 'every-node' });
    expect([...new Set(reads.map(named))].sort()).toEqual(
      ['n1', 'n2', 'n3'].map((node) => `read-node [0,["${node}",null]]`),
    );
  });

  it('reads every register at the end, on request of every node', () => {
    const reads = (given: object) =>
      register.finalReads(withDefaults(register, { keys: 2, ...given }) as never, ['n1']);
    expect(reads({}).map(named)).toEqual(['read [0,null]', 'read [1,null]']);
    expect(reads({ read_from: 'every-node' }).map(named)).toEqual([
      ...['read [0,null]', 'read-node [0,["n1",null]]'],
      ...['read [1,null]', 'read-node [1,["n1",null]]'],
    ]);
  });
});
