/** Reviews for tests, with defaults: what a test sets is what matters in it. */
import type { Problem } from '../../../src/plan/index.ts';
import type { PlanReview, RehearsedSide, Review, SweepRun } from '../../../src/report/index.ts';
import type { Change } from '../../../src/timeline/index.ts';

export function review(...plans: readonly PlanReview[]): Review {
  return { base: { ref: 'origin/main', commit: '0123456789012345678901234567890123456789' }, plans };
}

export function planReview(some: Partial<PlanReview> = {}): PlanReview {
  const { file = 'plans/a.yaml' } = some;
  return { file, status: 'changed', kind: 'plan', problems: [], source: { file, text: '' }, notes: [], ...some };
}

export function problem(some: Partial<Problem> = {}): Problem {
  const where = { file: 'plans/a.yaml', line: 3, column: 5, endLine: 3, endColumn: 9, path: 'database.redis' };
  return { rule: 'unknown-key', severity: 'error', message: 'unknown key "x"', ...where, ...some };
}

export function change(some: Partial<Change> = {}): Change {
  return {
    group: 'checkers',
    kind: 'changed',
    subject: 'set.lost',
    before: '0',
    after: '5',
    path: 'checker.set.lost',
    ...some,
  };
}

export function run(seed: number, some: Partial<SweepRun> = {}): SweepRun {
  return { seed, valid: true, as_expected: true, why: [], numbers: {}, history_sha256: 'aa', ...some };
}

export function side(runs: readonly SweepRun[], some: Partial<RehearsedSide> = {}): RehearsedSide {
  return { expect: 'valid', runs, ...some };
}

/** So many runs that lost a share of the writes each. */
export function losing(count: number, rate: number): SweepRun[] {
  const numbers = { 'set.lost': rate * 1000, 'set.acknowledged': 1000 };
  const lost = rate > 0;
  return Array.from({ length: count }, (_, at) => run(at + 1, { valid: !lost, as_expected: !lost, numbers }));
}
