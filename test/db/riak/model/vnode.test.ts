/** What a vnode makes of what it has and what comes; what of it outlives a kill, and a power failure. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Content,
  merge,
  type RiakObject,
  reconcile,
  syntacticMerge,
} from '../../../../src/db/riak/model/object.ts';
import { difference, elementsOf, type Value } from '../../../../src/db/riak/model/value.ts';
import { equal, FRESH, increment } from '../../../../src/db/riak/model/vclock.ts';
import { openBench } from './bench.ts';

const open = openBench;

const content = (element: number, lastModifiedUs: number): Content => ({
  value: { element, to: [] },
  ...{ lastModifiedUs, vtag: `tag ${element}`, coordinator: 'n1' },
});
const object = (contents: readonly Content[], ...actors: readonly string[]): RiakObject => ({
  contents,
  vclock: actors.reduce(increment, FRESH),
});

describe('two versions', () => {
  const [early, late] = [content(1, 10), content(2, 20)];

  test('the one that descends the other, whatever their times', () => {
    const [old, made] = [object([late], 'a'), object([early], 'a', 'b')];
    expect(syntacticMerge(old, made)).toBe(made);
    expect(syntacticMerge(made, old)).toBe(made);
    expect(reconcile([old, made], false)).toBe(made);
  });

  test('concurrent: both, the latest first; without allow_mult that one alone', () => {
    const [one, two] = [object([early], 'a'), object([late], 'b')];
    expect(merge(one, two).contents).toEqual([late, early]);
    expect(reconcile([one, two], true).contents).toEqual([late, early]);
    expect(reconcile([one, two], false).contents).toEqual([late]);
    expect(equal(reconcile([one, two], false).vclock, object([], 'a', 'b').vclock)).toBe(true);
  });

  test('of the same microsecond: always the same one', () => {
    const [one, two] = [object([content(1, 10)], 'a'), object([content(2, 10)], 'b')];
    expect(reconcile([one, two], false).contents).toEqual(reconcile([two, one], false).contents);
  });

  test('merging is commutative, associative and idempotent', () => {
    const contents = [1, 2, 3, 4].map((element) => content(element, element % 3));
    const some = fc
      .tuple(fc.subarray(contents, { minLength: 1 }), fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }))
      .map(([of, actors]) => object(of, ...actors));
    const same = (one: RiakObject, two: RiakObject) =>
      equal(one.vclock, two.vclock) && new Set([...one.contents, ...two.contents]).size === one.contents.length;
    fc.assert(
      fc.property(some, some, some, (one, two, three) => {
        return (
          same(merge(one, two), merge(two, one)) &&
          same(merge(merge(one, two), three), merge(one, merge(two, three))) &&
          merge(one, one) === one
        );
      }),
    );
  });
});

test('a difference of sets is one, whichever way it is found', () => {
  const sets: Value[] = [];
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(30), { maxLength: 3 }), { minLength: 1, maxLength: 12 }), (shape) => {
      sets.length = 0;
      for (const [element, to] of shape.entries())
        sets.push({ element, to: [...new Set(to)].flatMap((at) => (at < sets.length ? [sets[at] as Value] : [])) });
      const [now, before] = [sets.slice(-2), sets.slice(-3, -1)];
      const had = elementsOf(before);
      const expected = [...elementsOf(now)].filter((element) => !had.has(element)).sort((a, b) => a - b);
      expect(difference(now, before)).toEqual(expected);
    }),
  );
});

describe('what a cluster keeps', () => {
  /** Two clients that have read the same, and write one after the other. */
  async function concurrent(given: Parameters<typeof openBench>[0], seed = 1) {
    const bench = await open(given, { seed });
    const [one, two] = [await bench.client('n2'), await bench.client('n3', 1)];
    const [first, second] = [bench.begin(one, 'add', 1), bench.begin(two, 'add', 2)];
    await bench.until('both are written', () => first.outcome !== undefined && second.outcome !== undefined);
    await bench.pass(100);
    return bench;
  }

  test('one of two concurrent writes, the same everywhere', async () => {
    const bench = await concurrent({});
    const kept = bench.elements('n2', 0);
    expect(kept).toHaveLength(1);
    for (const [replica, node] of ['n2', 'n3', 'n4'].entries()) expect(bench.elements(node, replica)).toEqual(kept);
    expect(bench.said('conflict').length).toBeGreaterThan(0);
  });

  test('both with allow_mult, as siblings, until somebody unites them', async () => {
    const bench = await concurrent({ allow_mult: true, merge: 'union' });
    expect(bench.object('n4', 2)?.contents).toHaveLength(2);
    expect(bench.said('siblings').length).toBeGreaterThan(0);
    await bench.invoke(await bench.client('n4', 2), 'add', 3);
    await bench.pass(100);
    expect(bench.object('n4', 2)?.contents).toHaveLength(1);
    expect(bench.elements('n4', 2)).toEqual([1, 2, 3]);
    expect(bench.said('resolved').length).toBeGreaterThan(0);
  });

  test('a client that takes the latest of the siblings loses the others', async () => {
    const bench = await concurrent({ allow_mult: true, merge: 'latest' });
    await bench.invoke(await bench.client('n4', 2), 'add', 3);
    await bench.pass(100);
    expect(bench.elements('n4', 2)).toHaveLength(2);
  });

  test('with last_write_wins what comes last, so that replicas may differ until a read', async () => {
    let different = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const bench = await concurrent({ last_write_wins: true }, seed);
      if (`${bench.elements('n2', 0)}` !== `${bench.elements('n3', 1)}`) different++;
    }
    // Each has stored the other's over its own.
    expect(different).toBeGreaterThan(0);
    for (let seed = 1; seed <= 6; seed++) {
      const bench = await concurrent({ last_write_wins: false }, seed);
      expect(bench.elements('n2', 0)).toEqual(bench.elements('n3', 1));
    }
  });
});

describe('a node that comes back', () => {
  async function backAfter(passMs: number, sim: object) {
    const bench = await open({ n_val: 3 }, { sim });
    await bench.invoke(await bench.client('n2'), 'add', 1);
    await bench.pass(passMs);
    await bench.cluster.kill('n2');
    await bench.cluster.start('n2');
    await bench.until('all is whole', async () => (await bench.cluster.ready()) === undefined);
    return bench;
  }

  test('has all that it had, after a kill', async () => {
    const bench = await backAfter(100, {});
    expect(bench.elements('n2', 0)).toEqual([1]);
    // And is the same actor.
    await bench.invoke(await bench.client('n2'), 'add', 2);
    expect(bench.object('n2', 0)?.vclock.size).toBe(1);
  });

  test('may have lost what it had acknowledged, after a power failure: nothing is synced', async () => {
    let lost = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const bench = await open({}, { seed, sim: { kill: 'machine' } });
      await bench.invoke(await bench.client('n2'), 'add', 1);
      await bench.pass(100);
      for (const node of ['n2', 'n3', 'n4']) await bench.cluster.kill(node);
      for (const node of ['n2', 'n3', 'n4']) await bench.cluster.start(node);
      await bench.until('all is whole', async () => (await bench.cluster.ready()) === undefined);
      if (bench.elements('n2', 0).length === 0) lost++;
    }
    expect(lost).toBeGreaterThan(0);
  });

  test('has what the kernel has written to the disk since', async () => {
    const bench = await backAfter(35_000, { kill: 'machine' });
    expect(bench.elements('n2', 0)).toEqual([1]);
  });
});

describe('where an object is', () => {
  test.each([
    [{ key: 'test' }, ['n5', 'n1', 'n2']],
    [{ key: 'test', bucket: 'numbers' }, ['n3', 'n4', 'n5']],
    [{ n_val: 2 }, ['n2', 'n3']],
    [{ n_val: 5 }, ['n2', 'n3', 'n4', 'n5', 'n1']],
    [{ ring_size: 32 }, ['n4', 'n5', 'n1']],
  ])('%j', async (given, nodes) => {
    const bench = await open(given);
    expect(bench.riak.primaries.map(({ node }) => node)).toEqual(nodes);
    await bench.invoke(await bench.client('n1'), 'add', 1);
    await bench.pass(100);
    const having = bench.nodes.filter((node) => bench.node(node).vnodes.length > 0);
    expect(having).toEqual([...nodes].sort());
  });
});
