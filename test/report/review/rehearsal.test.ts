import { describe, expect, it } from 'vitest';
import type { Rehearsal } from '../../../src/report/index.ts';
import { countsOf, rehearsalSentences } from '../../../src/report/review/rehearsal.ts';
import type { SweepRun } from '../../../src/report/sweep.ts';

type Side = NonNullable<Rehearsal['after']>;

const run = (
  seed: number,
  valid: SweepRun['valid'],
  numbers: SweepRun['numbers'] = {},
  as_expected = valid === true,
): SweepRun => ({
  ...{ seed, valid, as_expected, numbers },
  why: [],
  history_sha256: null,
});
/** As many runs as `lost` has numbers, each of 1000 acknowledged writes. */
const losing = (...lost: number[]): Side => ({
  expect: 'valid',
  runs: lost.map((count, index) => run(index + 1, count === 0, { 'set.lost': count, 'set.acknowledged': 1000 })),
});
const sentences = (before: Side | undefined, after: Side, seeds = after.runs.length) =>
  rehearsalSentences({ seeds, after, ...(before && { before }) });

describe('what a rehearsal shows', () => {
  it('how many seeds lost writes, before and after, and how much', () => {
    expect(sentences(losing(0, 0, 0), losing(100, 360, 400))).toEqual([
      '0 of 3 seeds lost writes before; 3 of 3 after, median 36%.',
      'Valid in all 3 before; invalid in all 3 after.',
      'The plan expects valid, but in the simulator all 3 seeds came out invalid (seed 1, say).',
    ]);
  });

  it('the median is of those that lost something', () => {
    expect(sentences(undefined, losing(0, 0, 20, 40))).toEqual([
      '2 of 4 seeds lost writes after, median 2%.',
      'Valid in 2, invalid in 2 of 4 after.',
      'The plan expects valid, but in the simulator 2 of 4 seeds came out invalid (seed 3, say).',
    ]);
  });

  it('no loss of runs that ended before anything was counted', () => {
    const failed = { ...run(2, 'unknown'), error: { code: 'bug', message: 'it broke' } } as SweepRun;
    const some = { ...losing(0), runs: [...losing(0).runs, failed] };
    expect(sentences(undefined, some)[0]).toBe('0 of 1 seeds lost writes after.');
  });

  it('a count where there is no share', () => {
    const queue = { expect: 'invalid', runs: [run(1, false, { 'total-queue.lost': 7 }, true)] } as const;
    expect(sentences(undefined, queue)).toEqual([
      '1 of 1 seeds lost values after, median 7.',
      'Invalid in all 1 after.',
    ]);
  });

  it('verdicts alone, where nobody counts losses', () => {
    const before = { expect: 'valid', runs: [run(1, true), run(2, true)] } as const;
    const after = { expect: 'valid', runs: [run(1, true), run(2, 'unknown')] } as const;
    expect(sentences(before, after)).toEqual(['Valid in all 2 before; valid in 1, unknown in 1 of 2 after.']);
  });

  it('what could not be rehearsed, and why', () => {
    const impossible = { expect: 'valid', runs: [], impossible: 'etcd cannot be simulated: it has no model' } as const;
    expect(rehearsalSentences({ seeds: 50, before: impossible, after: impossible })).toEqual([
      'Not rehearsed: etcd cannot be simulated: it has no model.',
    ]);
    expect(rehearsalSentences({ seeds: 1, before: impossible, after: losing(0) })).toEqual([
      '0 of 1 seeds lost writes after.',
      'Valid in all 1 after.',
      'Not rehearsed before: etcd cannot be simulated: it has no model.',
    ]);
  });

  it('why the first seed came to no verdict, and what ended runs before their time', () => {
    const unknown = { ...run(2, 'unknown', {}, false), why: ['only 0 operations ended ok'] };
    const failed = { ...run(3, 'unknown', {}, false), error: { code: 'bug' as const, message: 'it broke' } };
    expect(sentences(undefined, { expect: 'valid', runs: [run(1, true), unknown, failed] })).toEqual([
      'Valid in 1, unknown in 2 of 3 after.',
      'Seed 2 came to no verdict after: only 0 operations ended ok.',
      '1 ended with an error after: it broke.',
    ]);
  });

  it('that the time ran out', () => {
    expect(sentences(losing(0, 0), losing(0, 0), 50)).toContain('The time ran out: 2 and 2 of 50 seeds were run.');
    expect(sentences(losing(), losing(0), 50)).toContain('The time ran out: 0 and 1 of 50 seeds were run.');
  });
});

describe('the counts', () => {
  it('are of the runs', () => {
    expect(countsOf(losing(0, 5))).toEqual({
      ...{ runs: 2, valid: 1, invalid: 1, unknown: 0, as_expected: 1 },
      lost: { what: 'writes', of: 2, runs: 1, median: '0.5%' },
    });
  });
});
