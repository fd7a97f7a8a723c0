import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/plan/index.ts';
import { RULES } from '../../../src/plan/index.ts';
import type { PlanReview } from '../../../src/report/index.ts';
import { REVIEW_RULES } from '../../../src/report/review/findings.ts';
import { RESULTS_MAX, reviewSarif, uriOf } from '../../../src/report/review/sarif.ts';
import { change, losing, planReview, problem, review, side } from './reviews.ts';

// The package checks with an ajv of its own, and within jest only: of it the schema is used.
const SCHEMA = createRequire(import.meta.url)
  .resolve('@microsoft/jest-sarif')
  .replace(/index\.js$/, 'schemas/sarif-2.1.0-rtm.5.json');
const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(SCHEMA, 'utf8'));
const valid = new Ajv({ strict: false, unicodeRegExp: false, validateFormats: false, allErrors: true }).compile(schema);

const sarif = (...plans: readonly PlanReview[]) => reviewSarif(review(...plans), '0.1.0');
const results = (...plans: readonly PlanReview[]) => sarif(...plans).runs[0]?.results ?? [];

const PLAN = planReview({
  problems: [problem(), problem({ severity: 'warning', endLine: 4, endColumn: 1, line: 4, column: 1 })],
  changes: [change({ strictness: 'looser' })],
  notes: ['it names modules of its own'],
  rehearsal: { seeds: 2, after: side(losing(2, 0.4)) },
});

describe('SARIF', () => {
  it('is valid by its schema', () => {
    for (const one of [sarif(), sarif(PLAN), sarif(PLAN, planReview({ file: 'b %\n.yaml', problems: [problem()] }))]) {
      valid(JSON.parse(JSON.stringify(one)));
      expect(valid.errors ?? []).toEqual([]);
    }
    valid({ ...sarif(PLAN), version: '2.0.0' });
    expect(valid.errors).toHaveLength(1);
  });

  it('has a result for each finding, at its place', () => {
    expect(results(PLAN).map(({ ruleId, level }) => `${level} ${ruleId}`)).toEqual([
      ...['error unknown-key', 'error rehearsal-contradicts', 'warning unknown-key', 'note loosened', 'note to-know'],
    ]);
    expect(results(PLAN)[0]).toMatchObject({
      message: { text: 'unknown key "x"' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'plans/a.yaml', uriBaseId: '%SRCROOT%' },
            region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 },
          },
        },
      ],
    });
  });

  it('describes every rule, and results point at theirs', () => {
    const [one] = sarif(PLAN).runs;
    const rules = one?.tool.driver.rules ?? [];
    expect(rules.map(({ id }) => id)).toEqual([...Object.keys(RULES), ...Object.keys(REVIEW_RULES)]);
    for (const { ruleId, ruleIndex } of one?.results ?? []) expect(rules[ruleIndex]?.id).toBe(ruleId);
  });

  it('knows a finding again where lines have moved; two of a kind are two', () => {
    const prints = (...problems: readonly Problem[]) =>
      results(planReview({ problems })).map((one) => ('partialFingerprints' in one ? one.partialFingerprints : {}));
    const [first] = prints(problem());
    expect(prints(problem({ line: 30, endLine: 30 }))).toEqual([first]);
    expect(prints(problem({ path: 'database.other' }))).not.toEqual([first]);
    const [one, two] = prints(problem(), problem());
    expect(one).not.toEqual(two);
  });

  it('holds no more than code scanning takes', () => {
    const problems = Array.from({ length: RESULTS_MAX + 10 }, (_one, at) => problem({ line: at + 1, endLine: at + 1 }));
    const all = results(planReview({ problems }));
    expect(all).toHaveLength(RESULTS_MAX);
    expect(all.at(-1)).toMatchObject({
      level: 'error',
      message: { text: expect.stringMatching(/^and 11 more in 1 files/) },
    });
  });

  it('takes no text for a link, and no name for anything else than a path', () => {
    const [one] = results(planReview({ problems: [problem({ message: 'see [here](http://x) \\[a](1)' })] }));
    expect(one?.message.text).toBe('see \\[here\\](http://x) \\\\[a\\](1)');
    expect(uriOf('a b/100%/#?.yaml')).toBe('a%20b/100%25/%23%3F.yaml');
    expect(uriOf('javascript:x')).toBe('javascript%3Ax');
    expect(uriOf("line\nä'(1)*!.yaml")).toBe('line%0A%C3%A4%27%281%29%2A%21.yaml');
  });
});
