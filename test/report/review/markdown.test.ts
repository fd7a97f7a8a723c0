import { describe, expect, it } from 'vitest';
import { reviewMarkdown } from '../../../src/report/review/markdown.ts';
import { change, planReview, problem, review } from './reviews.ts';

/** What GitHub takes as a comment. */
const COMMENT_MAX = 65_536;

describe('the Markdown of a review', () => {
  it('is one that GitHub takes, however many plans there are, and says what is left out', () => {
    const plans = Array.from({ length: 1000 }, (_, index) => {
      return planReview({
        file: `plans/${'long-'.repeat(40)}${index}.yaml`,
        changes: [change({ note: 'x'.repeat(300) })],
      });
    });
    const text = reviewMarkdown(review(...plans));
    expect(text.length).toBeLessThan(COMMENT_MAX);
    expect(text).toMatch(/^## 1000 plans changed$/m);
    expect(text).toMatch(/^_and \d+ more plans\._$/m);
    expect(text).toMatch(/^_The details of \d+ more plans are left out/m);
  });

  it('is one that GitHub takes, however much is wrong with a plan', () => {
    const problems = Array.from({ length: 500 }, (_, index) => problem({ message: 'y'.repeat(500), line: index + 1 }));
    const text = reviewMarkdown(review(planReview({ problems })));
    expect(text.length).toBeLessThan(COMMENT_MAX);
    expect(text).toContain('**500 errors**: the plan is refused');
    expect(text).toContain('_480 more are not shown._');
  });

  it('tells some of what changes, however much does', () => {
    const changes = Array.from({ length: 900 }, (_, index) =>
      change({ group: 'faults', subject: `f${index + 1} ${'z'.repeat(100)}` }),
    );
    const text = reviewMarkdown(review(planReview({ changes: [...changes, change()] })));
    expect(text.length).toBeLessThan(COMMENT_MAX);
    expect(text).toContain('fault `f1 z');
    expect(text).toContain('checker `set.lost`');
    expect(text).toContain('_And 875 more changes of faults._');
  });

  it('begins with the words by which a comment is found again, also where no plan is changed', () => {
    const text = reviewMarkdown(review());
    expect(text).toMatch(/^<!-- plan-run review -->\n## No plan is changed\n/);
  });

  it('has no markup of a plan', () => {
    const evil = '</details>|<img src=x onerror=alert(1)>`` ` @everyone #1 [x](javascript:1)\n# heading';
    const text = reviewMarkdown(
      review(
        planReview({
          file: evil,
          was: evil,
          notes: [evil],
          changes: [change({ subject: evil, before: evil, after: evil, note: evil })],
        }),
      ),
    );
    expect(
      text.replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '').match(/<(?!\/?(sub|details|summary)\b|!-- plan-run review)/g),
    ).toBeNull();
    expect(text).not.toMatch(/^# heading/m);
  });
});
