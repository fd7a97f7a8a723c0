import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cut, type Effect, resolveNodes } from '../../src/contract/index.ts';
import { compile, majorityGaps } from '../../src/timeline/index.ts';
import { Groups } from '../../src/timeline/majority.ts';
import { parseText } from '../plan/fixtures.ts';
import { registry } from '../plan/registry.ts';

/** In seconds, of five nodes whose workload lasts 20 s. */
function gapsOf(faults: readonly string[], rate = '100/s'): string[] {
  const head = `plan: 1\ndatabase: { redis: }\nworkload: { rate: ${rate}, set: { writes: 2000 } }\nfaults:\n`;
  const { plan, problems } = parseText(`${head}${faults.map((fault) => `  - ${fault}\n`).join('')}`, registry);
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return majorityGaps(compile(plan, registry)).map(({ fromMs, toMs }) => `${fromMs / 1000}-${toMs / 1000}`);
}

const HALVES = 'partition: [[n1, n2], [n3, n4, n5]]';

describe('the times without a majority', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['none without faults', ['{ at: 1s, for: 6s, noop: }'], []],
    ['none where three of five are left', [`{ at: 1s, for: 6s, ${HALVES} }`, '{ at: 7s, for: 6s, kill: n3 }'], []],
    ['as long as the fault', ['{ at: 1s, for: 6s, kill: majority }'], ['1-7']],
    ['as long as both last', [`{ at: 1s, for: 6s, ${HALVES} }`, '{ at: 5s, for: 6s, pause: n4 }'], ['5-7']],
    [
      'one, where a fault takes over from another at the same moment',
      ['{ at: 1s, for: 2s, kill: [n1, n2, n3] }', '{ at: 3s, for: 2s, kill: [n3, n4, n5] }'],
      ['1-5'],
    ],
    [
      'one, where a second fault makes it worse and a third goes on',
      [
        '{ at: 1s, for: 4s, kill: [n1, n2, n3] }',
        `{ at: 2s, for: 1s, ${HALVES} }`,
        '{ at: 4s, for: 4s, kill: [n4, n5] }',
      ],
      ['1-5'],
    ],
    ['again and again', ['{ every: 6s, for: 1s, kill: majority }'], ['6-7', '12-13', '18-19']],
    ['until the heal, of a fault without an end', ['{ at: 3s, kill: majority }'], ['3-Infinity']],
    [
      'until the heal, of a fault that would end after the workload',
      ['{ at: 18s, for: 5s, kill: majority }'],
      ['18-Infinity'],
    ],
    ['whoever is primary', ['{ at: 1s, for: 6s, kill: secondaries }'], ['1-7']],
    [
      'none where it depends on who is primary',
      [`{ at: 1s, for: 6s, ${HALVES} }`, '{ at: 2s, for: 2s, kill: primary }'],
      [],
    ],
    ['none where only clients are cut off', ['{ at: 1s, for: 6s, partition: [[n1, n2, n3], [clients]] }'], []],
    [
      'several',
      [
        '{ at: 1s, for: 2s, kill: majority }',
        '{ at: 8s, for: 2s, partition: [[n1, n2], [n3, n4], [n5]] }',
        '{ at: 15s, kill: all }',
      ],
      ['1-3', '8-10', '15-Infinity'],
    ],
  ])('%s', (_, faults, gaps) => {
    expect(gapsOf(faults)).toEqual(gaps);
  });

  it('end as planned where no rate tells when the workload ends', () => {
    expect(gapsOf(['{ at: 18s, for: 5s, kill: majority }', '{ at: 40s, kill: all }'], 'max')).toEqual([
      '18-23',
      '40-Infinity',
    ]);
  });
});

describe('the largest group', () => {
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
  const ref = fc.constantFrom(...nodes, 'primary', 'secondaries', 'clients');
  const side = fc.uniqueArray(ref, { minLength: 1, maxLength: 4 });
  const cut: fc.Arbitrary<Cut> = fc.oneof(
    fc.record({ groups: fc.array(side, { minLength: 2, maxLength: 3 }) }),
    fc.record({ from: side, to: side }),
  );
  const effect: fc.Arbitrary<Effect> = fc
    .oneof(
      fc.record({ cut }),
      fc.record({
        down: fc.uniqueArray(fc.constantFrom(...nodes, 'primary', 'secondaries'), { minLength: 1, maxLength: 3 }),
      }),
    )
    .map((part) => ({ hits: [], words: '', ...part }));

  it('may be in no group: any two of its nodes share one', () => {
    const groups = [
      ['n1', 'n2', 'n4', 'n5'],
      ['n1', 'n3'],
      ['n2', 'n3', 'n4', 'n5'],
    ];
    expect(new Groups(nodes).largest([{ hits: [], words: '', cut: { groups } }])).toBe(5);
  });

  it('is what trying all sets of nodes finds', () => {
    fc.assert(
      fc.property(fc.array(effect, { minLength: 1, maxLength: 4 }), (active) => {
        const largest = Math.max(...nodes.map((primary) => bruteForce(active, nodes, primary)));
        expect(new Groups(nodes).largest(active)).toBe(largest);
        expect(new Groups(nodes).haveMajority(active)).toBe(largest >= 3);
      }),
      { numRuns: 500 },
    );
  });

  it('is looked for within bounds: where there are too many sides to choose, there may be a majority', () => {
    const many = Array.from({ length: 98 }, (_, index) => `n${index + 1}`);
    const pairs = many.slice(0, 49).map((one, index) => {
      return { hits: [], words: '', cut: { groups: [[one], [many[97 - index] as string]] } };
    });
    expect(new Groups(many).haveMajority(pairs)).toBe(true);
    expect(new Groups(many).largest(pairs)).toBe(49);
    expect(
      new Groups(many).haveMajority([...pairs.slice(0, 4), { hits: [], words: '', down: many.slice(0, 49) }]),
    ).toBe(false);
  });
});

/** The largest of all sets of running nodes of which each hears each other, as the faults say it. */
function bruteForce(active: readonly Effect[], nodes: readonly string[], primary: string): number {
  const resolve = (refs: readonly string[]) => resolveNodes(refs, nodes, [primary]);
  const hears = (a: string, b: string) =>
    active.every(({ cut }) => {
      if (cut === undefined) return true;
      if ('from' in cut) return !(resolve(cut.from).includes(b) && resolve(cut.to).includes(a));
      const groups = cut.groups.map(resolve);
      const named = (node: string) => groups.some((group) => group.includes(node));
      return !named(a) || !named(b) || groups.some((group) => group.includes(a) && group.includes(b));
    });
  const down = new Set(active.flatMap((effect) => resolve(effect.down ?? [])));
  let largest = 0;
  for (let bits = 0; bits < 2 ** nodes.length; bits++) {
    const set = nodes.filter((_, index) => (bits >> index) & 1);
    if (set.some((node) => down.has(node))) continue;
    if (set.every((a) => set.every((b) => a === b || hears(a, b)))) largest = Math.max(largest, set.length);
  }
  return largest;
}
