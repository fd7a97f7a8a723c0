import { describe, expect, it } from 'vitest';
import {
  type Combination,
  numbersOf,
  type Sweep,
  type SweepRun,
  sweepJson,
  sweepText,
} from '../../src/report/index.ts';

/** A run that lost so many of a hundred writes. */
function run(seed: number, lost: number, more: Partial<SweepRun> = {}): SweepRun {
  const valid = lost === 0;
  const numbers = {
    'set.acknowledged': 100,
    'set.lost': lost,
    'set.ack_rate': 1,
    'set.loss_rate': lost / 100,
    'set.recovered_rate': 0,
    'latency_by_phase_ms.before.p50': 1,
    'latency_by_phase_ms.before.p99': 2,
    'latency_by_phase_ms.during.p50': 1.5,
    'latency_by_phase_ms.during.p99': 5000 + seed,
  };
  const why = valid ? [] : [`set: ${lost} lost`];
  return { seed, valid, as_expected: valid, why, numbers, history_sha256: `hash ${seed}`, ...more };
}

function sweep(rows: Record<string, SweepRun[]>, more: Partial<Sweep> = {}): Sweep {
  const combinations = Object.entries(rows).map(
    ([value, runs]): Combination => ({
      values: value === '' ? [] : [value],
      expect: 'valid',
      runs,
      again: (seed) => `plan-run a.yaml${value === '' ? '' : ` --set a.b=${value}`} --seed ${seed}`,
    }),
  );
  return {
    plan: 'a',
    file: 'a.yaml',
    environment: 'sim',
    simulated: ['a db'],
    seeds: [1, 2, 3, 4],
    paths: rows[''] === undefined ? ['a.b'] : [],
    combinations,
    ...more,
  };
}

const unknown = run(3, 0, { valid: 'unknown', as_expected: false, why: ['nothing was read'] });
const broken = (seed: number) =>
  run(seed, 0, {
    valid: 'unknown',
    as_expected: false,
    numbers: {},
    history_sha256: null,
    error: { code: 'bug', message: 'it broke' },
  });

describe('a sweep', () => {
  it('tells verdicts, distributions, and the seeds worth looking at', () => {
    expect(sweepText(sweep({ '': [run(1, 0), run(2, 3), unknown, run(4, 9)] }))).toBe(`\
a: 4 runs, seeds 1..4  (sim: a simulation of a db)

verdict     runs     share   95% interval
valid          1     25.0%         4.6% to 69.9%  as expected
invalid        2     50.0%        15.0% to 85.0%
unknown        1     25.0%         4.6% to 69.9%

set:                   min    q1  median    q3   max
    lost                 0     0       0     3     9  █··▄·····▄
    loss_rate            0     0       0  0.03  0.09  █·····▄············▄

latency_by_phase_ms:   min    q1  median    q3   max
    during.p99        5001  5001    5002  5003  5004  ████

always: set acknowledged 100, ack_rate 1, recovered_rate 0, latency_by_phase_ms before.p50 1,
        before.p99 2, during.p50 1.5

worth looking at:
    seed 2: the first failing: invalid, but valid was expected (set: 3 lost)
        plan-run a.yaml --seed 2
    seed 3: the first unknown (nothing was read)
        plan-run a.yaml --seed 3
    seed 4: the worst, set.lost 9
        plan-run a.yaml --seed 4
`);
  });

  it('names a seed once, and none where there is nothing to see', () => {
    const text = sweepText(sweep({ '': [run(1, 0), run(2, 9), run(3, 9), run(4, 0)] }));
    expect(text.match(/seed \d: .*/g)).toEqual([
      'seed 2: the first failing: invalid, but valid was expected (set: 9 lost); the worst, set.lost 9',
    ]);
    expect(sweepText(sweep({ '': [run(1, 0)] }))).not.toContain('worth looking at');
  });

  it('leaves out of the distributions what an error ended, and tells the error once', () => {
    const text = sweepText(sweep({ '': [broken(1), run(2, 3), broken(3), broken(4)] }));
    expect(text).toContain('unknown        3 ');
    expect(text).toContain('always: set acknowledged 100, lost 3,');
    expect(text).toContain('ended before their time:\n    seed 1,3..4: it broke\n        plan-run a.yaml --seed 1\n');
  });

  it('says how far it came when it was interrupted', () => {
    expect(sweepText(sweep({ '': [run(2, 3)] }))).toMatch(/^a: interrupted after 1 of 4 runs, seeds 1\.\.4 /);
    expect(sweepText(sweep({ '': [] }))).toBe(
      'a: interrupted after 0 of 4 runs, seeds 1..4  (sim: a simulation of a db)\n',
    );
  });
});

describe('the table', () => {
  const rows = {
    safe: [run(1, 0), run(2, 0), run(3, 0), run(4, 0)],
    unsafe: [run(1, 20), run(2, 40), run(3, 30), unknown],
  };

  it('has a row for each value, and says what its numbers are', () => {
    expect(sweepText(sweep(rows))).toBe(`\
a: 8 runs, seeds 1..4 for each of 2 combinations  (sim: a simulation of a db)

                                                                       p50 / p99 ms
b       valid  invalid  unknown  acked   lost               recovered       before       during  after
safe        4        0        0   100%     0%                      0%  1.00 / 2.00  1.50 / 5002      -
unsafe      0        3        1   100%  20.0%  0% to 40.0%         0%  1.00 / 2.00  1.50 / 5002      -

acked: acknowledged, of the attempted writes. lost: of the acknowledged, what is gone.
recovered: what is there though never acknowledged, as a share of the acknowledged.
before, during, after the faults: latency of what ended ok, the reads at the end left out.
Shares and latencies are medians over 4 seeds; behind lost, the least and the most.
b: a.b

worth looking at:
    b=unsafe, seed 1: the first invalid
        plan-run a.yaml --set a.b=unsafe --seed 1
    b=unsafe, seed 3: the first unknown (nothing was read)
        plan-run a.yaml --set a.b=unsafe --seed 3
    b=unsafe, seed 2: the worst, set.lost 40
        plan-run a.yaml --set a.b=unsafe --seed 2
`);
  });

  it('keeps whole the paths that end alike', () => {
    const two = sweep({}, { paths: ['a.b', 'c.b'], combinations: sweep({ x: [run(1, 0)] }).combinations });
    expect(sweepText(two)).toContain('\na.b  c.b  ');
  });

  it('counts the runs of each row where these differ', () => {
    expect(sweepText(sweep({ x: [run(1, 0)], y: [] }))).toMatch(/\nb {2}runs {2}valid .*\nx {5}1 .*\ny {5}0 .* - /);
  });
});

describe('a sweep as JSON', () => {
  it('has for each combination what the text has, and every value by its seed', () => {
    const { combinations, ...head } = sweepJson(sweep({ safe: [run(1, 0), broken(2)], unsafe: [run(1, 3)] }));
    expect(head).toEqual({
      sweep: 1,
      plan: 'a',
      file: 'a.yaml',
      environment: 'sim',
      simulated: ['a db'],
      seeds: '1..4',
      vary: ['a.b'],
      runs: 3,
      runs_planned: 8,
      interrupted: true,
    });
    expect(combinations[0]).toMatchObject({
      values: { 'a.b': 'safe' },
      runs: 2,
      as_expected: 1,
      verdicts: { valid: { count: 1, share: 0.5 }, invalid: { count: 0 }, unknown: { count: 1 } },
      seeds: [1, 2],
      valid: [true, 'unknown'],
      history_sha256: ['hash 1', null],
      notable: [],
      errors: [{ code: 'bug', message: 'it broke', seeds: [2], again: 'plan-run a.yaml --set a.b=safe --seed 2' }],
    });
    expect(combinations[0]?.distributions['set.lost']).toEqual({
      ...{ min: 0, q1: 0, median: 0, q3: 0, max: 0 },
      values: [0, null],
    });
    expect(combinations[1]?.notable).toEqual([
      { reason: 'first_failing', seed: 1, valid: false, why: ['set: 3 lost'], again: expect.any(String) },
      {
        reason: 'worst',
        seed: 1,
        valid: false,
        why: ['set: 3 lost'],
        most: { name: 'set.lost', value: 3 },
        again: expect.any(String),
      },
    ]);
  });
});

describe('the numbers of a run', () => {
  it('are those of each checker, the operations and their latency, but no places and no words', () => {
    const results = {
      checkers: { set: { valid: false as const, lost: 3, final_read: 812, lost_elements: '1..3' } },
      operations: { invoked: 4, ok: 3 },
      latency_ms: { p50: 1 },
      latency_by_phase_ms: { before: { p50: 1, count: 2 }, during: null },
    };
    expect(numbersOf(results)).toEqual({
      'set.lost': 3,
      'operations.invoked': 4,
      'operations.ok': 3,
      'latency_ms.p50': 1,
      'latency_by_phase_ms.before.p50': 1,
      'latency_by_phase_ms.before.count': 2,
    });
    expect(numbersOf({ ...results, checkers: {}, latency_by_phase_ms: null })).not.toHaveProperty('set.lost');
  });
});
