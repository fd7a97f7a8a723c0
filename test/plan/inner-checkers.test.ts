import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { makeRegistry } from '../../src/cli/registry.ts';
import { planSchema } from '../../src/plan/index.ts';
import { parseText } from './fixtures.ts';

const registry = makeRegistry();
const textOf = (checker: string) => `plan: 1
nodes: 3
database:
  redis: {}
workload:
  rate: 100/s
  set: {}
checker:
  ${checker}
`;
const parse = (checker: string) => parseText(textOf(checker), registry);
const problemsOf = (checker: string) =>
  parse(checker).problems.map(({ rule, path, line, column, message, hint }) => ({
    rule,
    path,
    at: `${line}:${column}`,
    message,
    hint,
  }));
const matchesSchema = new Ajv({ strict: false }).compile(planSchema(registry));

describe('checkers within a checker', () => {
  it('get their defaults, and the plan keeps their shape', () => {
    const { plan, problems } = parse('independent: { checker: { availability: { gap: "< 5s" }, stats: } }');
    expect(problems).toEqual([]);
    expect(plan?.checkers).toMatchObject([
      {
        name: 'independent',
        settings: { checker: { availability: { acknowledged: '>= 90%', gap: '< 5s' }, stats: { every_f: true } } },
      },
    ]);
  });

  it.each([
    [
      'independent: { checker: { statss: {} } }',
      'unknown-module',
      'checker.independent.checker.statss',
      '9:29',
      'did you mean "stats"?',
    ],
    [
      'independent: { checker: { stats: { every_ff: true } } }',
      'unknown-key',
      'checker.independent.checker.stats.every_ff',
      '9:38',
      'did you mean "every_f"?',
    ],
    [
      'independent: { checker: { stats: { every_f: maybe } } }',
      'wrong-type',
      'checker.independent.checker.stats.every_f',
      '9:47',
      undefined,
    ],
    [
      'independent: { checker: {} }',
      'no-module',
      'checker.independent.checker',
      '9:18',
      expect.stringContaining('one of'),
    ],
    ['independent: { checker: stats }', 'wrong-type', 'checker.independent.checker', '9:27', undefined],
    [
      'independent: {}',
      'missing-key',
      'checker.independent',
      '9:3',
      expect.stringContaining('checker: a block that names a checker'),
    ],
    [
      'independent: { checker: { freshness: {} } }',
      'checker-mismatch',
      'checker.independent.checker.freshness',
      '9:29',
      expect.stringContaining('it judges register'),
    ],
    [
      'independent: { checker: { independent: { checker: { stast: {} } } } }',
      'unknown-module',
      'checker.independent.checker.independent.checker.stast',
      '9:55',
      'did you mean "stats"?',
    ],
    [
      'independent: { checker: { logs: { forbidden: ["("] } } }',
      'module-settings',
      'checker.independent.checker.logs.forbidden[0]',
      '9:49',
      expect.anything(),
    ],
  ])('%s', (checker, rule, path, at, hint) => {
    expect(problemsOf(checker)).toEqual([{ rule, path, at, message: expect.any(String), hint }]);
  });

  it.each([
    ['independent: { checker: { stats: { every_f: true } } }', true],
    ['independent: { checker: { stats: { every_f: 3 } } }', false],
    ['independent: { checker: { nobody: {} } }', false],
    ['independent: { checker: { independent: { checker: { stats: {} } } } }', true],
    ['independent: { checker: { independent: { checker: {} } } }', false],
  ])('the schema agrees: %s: %s', (checker, valid) => {
    expect(matchesSchema(parseYaml(textOf(checker)))).toBe(valid);
  });
});

describe('what a checker finds wrong with its settings', () => {
  it.each([
    ['logs: { forbidden: ["PANIC", "(a+)+"] }', 'checker.logs.forbidden[1]', '9:32', /repetition within a repetition/],
    ['logs: { forbidden: ["[a"] }', 'checker.logs.forbidden[0]', '9:23', /not a regular expression/],
    ['assertions: { "set lost": 0 }', 'checker.assertions["set lost"]', '9:29', /the plan has no checker "set"/],
    ['assertions: {}', 'checker.assertions', '9:15', /nothing is asserted/],
  ])('%s', (checker, path, at, message) => {
    const found = problemsOf(checker);
    expect(found).toEqual([
      {
        rule: 'module-settings',
        path,
        at,
        message: expect.stringMatching(message),
        hint: expect.toSatisfy(() => true),
      },
    ]);
  });

  it('an assertion may name a checker that the plan has, or one that only measures', () => {
    expect(problemsOf('{ assertions: { "set lost": 0, "availability gap": "< 5s" }, set: {} }')).toEqual([]);
  });

  it.each(['lost: many', 'lost: ">= much"', 'lost: [1]', 'p99: "< 5 s"'])('assertions: { %s } is no bound', (entry) => {
    expect(problemsOf(`assertions: { ${entry} }`)).toMatchObject([{ at: `9:${18 + entry.indexOf(' ')}` }]);
  });
});
