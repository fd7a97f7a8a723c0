/** Who owns what, and who is asked. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activePreferences, claim, partitionOf, primariesOf } from '../../../../src/db/riak/model/ring.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index + 1}`);
const nodesOf = (entries: readonly { node: string }[]) => entries.map(({ node }) => node);

describe('a preference list', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13])('of %i nodes has n different ones, all around the ring', (count) => {
    for (const size of [16, 64, 128]) {
      const ring = claim(names(count), size, 4);
      for (let first = 0; first < size; first++)
        for (const n of [1, 2, 3]) {
          const list = primariesOf(ring, first, n);
          expect(list).toHaveLength(n);
          // Three nodes cannot stand all around a ring that they do not divide.
          const apart = count > 3 ? n : Math.min(n, Math.max(1, count - 1));
          if (n <= apart) expect(new Set(nodesOf(list)).size, `${size} ${first}`).toBe(n);
        }
    }
  });

  test('each node owns its share', () => {
    const { owners } = claim(names(5), 64, 4);
    for (const node of names(5)) {
      const share = owners.filter((owner) => owner === node).length;
      expect(share).toBeGreaterThanOrEqual(12);
      expect(share).toBeLessThanOrEqual(14);
    }
  });
});

describe('of nodes that are down others stand in', () => {
  const ring = claim(names(5), 64, 4);
  const asked = (up: readonly string[], first = 1) => activePreferences(ring, first, 3, (node) => up.includes(node));

  test('nobody is down: the owners', () => {
    expect(asked(names(5))).toEqual(primariesOf(ring, 1, 3));
    expect(nodesOf(asked(names(5)))).toEqual(['n2', 'n3', 'n4']);
  });

  test('n2 is down: n5, the next around the ring, for its partition', () => {
    expect(asked(['n1', 'n3', 'n4', 'n5'])).toEqual([
      { partition: 2, node: 'n3', primary: true },
      { partition: 3, node: 'n4', primary: true },
      { partition: 1, node: 'n5', primary: false },
    ]);
  });

  test('n1 and n2 alone: one primary, both in turn for the others', () => {
    expect(asked(['n1', 'n2'])).toEqual([
      { partition: 1, node: 'n2', primary: true },
      { partition: 2, node: 'n1', primary: false },
      { partition: 3, node: 'n2', primary: false },
    ]);
  });

  test('whoever is up: each partition once, the owner where it is up, nobody who is down', () => {
    fc.assert(
      fc.property(fc.subarray(names(5), { minLength: 1 }), fc.integer({ min: 0, max: 63 }), (up, first) => {
        const list = asked(up, first);
        const owners = primariesOf(ring, first, 3);
        expect(new Set(list.map(({ partition }) => partition)).size).toBe(3);
        for (const { partition, node, primary } of list) {
          expect(up).toContain(node);
          expect(primary).toBe(owners.find((owner) => owner.partition === partition)?.node === node);
        }
        for (const owner of owners) if (up.includes(owner.node)) expect(list).toContainEqual(owner);
      }),
    );
  });
});

test('an object is where Erlang would put it', () => {
  // SHA-1 of term_to_binary({<<"test">>, <<"test">>}), made with other means.
  expect(partitionOf('test', 'test', 64)).toBe(49);
  expect(partitionOf('test', 'jepsen', 64)).toBe(36);
  expect(partitionOf('test', 'numbers', 64)).toBe(20);
  expect(partitionOf('test', 'set', 64)).toBe(43);
});
