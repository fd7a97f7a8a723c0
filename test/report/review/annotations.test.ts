import { describe, expect, it } from 'vitest';
import type { PlanReview } from '../../../src/report/index.ts';
import { reviewAnnotations } from '../../../src/report/review/annotations.ts';
import { change, losing, planReview, problem, review, run, side } from './reviews.ts';

const lines = (...plans: readonly PlanReview[]) =>
  reviewAnnotations(review(...plans))
    .trimEnd()
    .split('\n')
    .slice(0, -1);

describe('annotations', () => {
  it('are commands at the place of a problem, with what to do', () => {
    expect(lines(planReview({ problems: [problem({ hint: 'did you mean "y"?' })] }))).toEqual([
      '::error file=plans/a.yaml,line=3,endLine=3,col=5,endColumn=9,title=unknown-key::unknown key "x"%0Adid you mean "y"?',
    ]);
  });

  it('have no columns over several lines: GitHub would take none of it', () => {
    const [line] = lines(planReview({ problems: [problem({ endLine: 5, severity: 'warning' })] }));
    expect(line).toMatch(/^::warning file=plans\/a\.yaml,line=3,endLine=5,title=unknown-key::/);
  });

  it('tell what loosens a plan, at its line; and what is gone, where it stood', () => {
    const text = 'plan: 1\nchecker:\n  stats:\n  set: { lost: 5 }\nexpect: invalid\n';
    const looser = change({ strictness: 'looser' });
    const { after: _, ...removed } = change({
      ...{
        kind: 'removed',
        subject: 'availability',
        before: '>= 90%',
        strictness: 'looser',
        path: 'checker.availability',
      },
    });
    const flipped = change({ group: 'expect', subject: 'expect', before: 'valid', after: 'invalid', path: 'expect' });
    const changes = [looser, removed, change({ strictness: 'stricter' }), change(), flipped];
    expect(lines(planReview({ source: { file: 'plans/a.yaml', text }, changes }))).toEqual([
      '::notice file=plans/a.yaml,line=4,endLine=4,col=10,endColumn=11,title=loosened::set.lost: 0 → 5 (looser)',
      '::notice file=plans/a.yaml,line=2,endLine=2,col=1,endColumn=2,title=loosened::removed availability: >= 90%25 (looser)',
      '::notice file=plans/a.yaml,line=5,endLine=5,col=1,endColumn=2,title=expects-otherwise::expect: valid → invalid',
    ]);
  });

  it('tell that a rehearsal contradicts the plan: an error where all seeds do, a warning where some', () => {
    const source = { file: 'plans/a.yaml', text: 'plan: 1\r\nseed: 1\r\nexpect: valid # really\r\n' };
    const all = planReview({ source, rehearsal: { seeds: 2, after: side(losing(2, 0.5)) } });
    expect(lines(all)).toEqual([
      expect.stringMatching(
        /^::error file=plans\/a\.yaml,line=3,endLine=3,col=1,endColumn=\d+,title=rehearsal::The plan expects valid, but .*all 2 seeds/,
      ),
    ]);
    const some = planReview({ rehearsal: { seeds: 3, after: side([run(3), ...losing(2, 0.5)]) } });
    expect(lines(some)).toEqual([expect.stringMatching(/^::warning file=plans\/a\.yaml,line=1,.*2 of 3 seeds/)]);
    const unknown = run(1, { valid: 'unknown', as_expected: false });
    expect(lines(planReview({ rehearsal: { seeds: 1, after: side([unknown]) } }))).toEqual([]);
  });

  it('keep within what GitHub shows, and name the rest', () => {
    const many = (severity: 'error' | 'warning', count: number) =>
      Array.from({ length: count }, (_, at) => problem({ severity, line: at + 1, endLine: at + 1 }));
    const changes = Array.from({ length: 50 }, () => change({ strictness: 'looser' }));
    const told = lines(planReview({ problems: [...many('warning', 10), ...many('error', 15)], changes }));
    const of = (level: string) => told.filter((line) => line.startsWith(`::${level} `));
    expect(['error', 'warning', 'notice'].map((level) => of(level).length)).toEqual([10, 10, 10]);
    expect(of('error')[9]).toBe(
      `::error title=plan-run::and 6 more errors:%0A${[10, 11, 12, 13, 14, 15].map((line) => `plans/a.yaml:${line} [unknown-key]`).join('%0A')}`,
    );
    expect(of('warning')[9]).toContain('line=10,');
    expect(of('notice')[9]).toMatch(/and 41 more notices:.*%0Aand 21 more$/);
  });

  it('are escaped as the toolkit does, and command nothing else', () => {
    const file = 'a%b,c:d\ne\r\u001b.yaml';
    const message = '100%\n::error::x\r\n##[error]y\u0007\u202e';
    const [line, ...others] = lines(planReview({ file, problems: [problem({ file, message })] }));
    expect(others).toEqual([]);
    expect(line).toBe(
      '::error file=a%25b%2Cc%3Ad%0Ae%0D\ufffd.yaml,line=3,endLine=3,col=5,endColumn=9,title=unknown-key::100%25%0A::error::x%0A##[error]y\ufffd\ufffd',
    );
  });

  it('end with how many plans there are', () => {
    const told = reviewAnnotations(review(planReview({ problems: [problem()] }), planReview({ file: 'b.yaml' })));
    expect(told).toMatch(/\n2 plans differ from origin\/main \(0123456\), 1 refused\.\n$/);
  });
});
