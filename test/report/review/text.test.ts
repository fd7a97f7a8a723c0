import { describe, expect, it } from 'vitest';
import type { PlanReview } from '../../../src/report/index.ts';
import { reviewJson, safeJson } from '../../../src/report/review/json.ts';
import { reviewText } from '../../../src/report/review/text.ts';
import { change, losing, planReview, problem, review, side } from './reviews.ts';

const text = (...plans: readonly PlanReview[]) => reviewText(review(...plans), { color: false });

describe('the text of a review', () => {
  it('has a line for each change, and says what makes a plan pass more easily', () => {
    const moved = change({
      group: 'faults',
      kind: 'moved',
      subject: 'partition n1 | n2',
      before: '10s',
      after: '15s',
      note: '5s later',
    });
    expect(
      text(planReview({ changes: [change({ strictness: 'looser' }), moved], notes: ['read the code'] })),
    ).toBe(`plans/a.yaml: 2 changes in meaning
  note: read the code
  faults
    moved partition n1 | n2: 10s → 15s
        5s later
  checkers
    set.lost: 0 → 5 (looser)

1 plan differs from origin/main (0123456).
`);
  });

  it('tells what became of a plan in its headline', () => {
    const headline = (some: Parameters<typeof planReview>[0]) => text(planReview(some)).split('\n')[0];
    expect(headline({ changes: [] })).toBe('plans/a.yaml: no change in meaning');
    expect(headline({ changes: [], was: 'b.yaml' })).toBe('plans/a.yaml: renamed from b.yaml, no change in meaning');
    expect(headline({ status: 'added' })).toBe('plans/a.yaml: a new plan');
    expect(headline({ status: 'deleted', kind: 'inventory' })).toBe('plans/a.yaml: deleted');
    expect(headline({ brokenBefore: 1 })).toBe('plans/a.yaml: changed; it was refused before: 1 error');
    expect(headline({ notes: ['it names modules'] })).toBe('plans/a.yaml: changed; see the note');
    expect(headline({ notes: ['its module'], changes: [] })).toBe('plans/a.yaml: no change in meaning; see the note');
    expect(headline({ problems: [problem({ severity: 'warning' })], changes: [] })).toBe(
      'plans/a.yaml: no change in meaning; 1 warning',
    );
  });

  it('commands no terminal, whatever stands in names, changes, notes', () => {
    const evil = 'a\u001b[31m\nb\u009b\u202e';
    const told = text(
      planReview({
        file: evil,
        changes: [change({ subject: evil, after: evil, note: evil })],
        notes: [evil],
        problems: [problem({ file: evil })],
      }),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(told).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(told.split('\n').filter((line) => line.startsWith('b'))).toEqual([]);
  });

  it('has colours where they are wanted', () => {
    expect(reviewText(review(planReview()), { color: true })).toContain('\u001b[1mplans/a.yaml: changed\u001b[0m');
  });
});

describe('the JSON of a review', () => {
  it('has stable names, and null for what is not known', () => {
    const rehearsal = { seeds: 2, simulated: 'MongoDB 7.0', after: side(losing(2, 0.5)) };
    const json = reviewJson(
      review(planReview({ rehearsal, problems: [problem()] }), planReview({ was: 'b.yaml', changes: [] })),
    );
    expect(Object.keys(json)).toEqual(['review', 'base', 'head', 'plans']);
    expect(json).toMatchObject({ review: 1, head: null });
    const keys = [
      'file',
      'was',
      'status',
      'kind',
      'errors',
      'warnings',
      'problems',
      'errors_before',
      'changes',
      'written',
      'notes',
      'rehearsal',
    ];
    expect(json.plans.map((plan) => Object.keys(plan))).toEqual([keys, keys]);
    expect(json.plans[0]).toMatchObject({ was: null, errors: 1, changes: null, rehearsal: { before: null } });
    expect(json.plans[0]?.rehearsal?.after).toEqual({
      expect: 'valid',
      impossible: null,
      runs: 2,
      as_expected: 0,
      seeds: [1, 2],
      valid: [false, false],
      lost: [500, 500],
      errors: [],
    });
    expect(json.plans[1]).toMatchObject({ was: 'b.yaml', errors: 0, changes: [], rehearsal: null });
  });

  it('is still the same when its control characters are escaped', () => {
    const value = { text: 'a\u009bb\u202ec\u2028\u0001ä' };
    expect(safeJson(value)).toBe('{\n  "text": "a\\u009bb\\u202ec\\u2028\\u0001ä"\n}\n');
    expect(JSON.parse(safeJson(value))).toEqual(value);
  });
});
