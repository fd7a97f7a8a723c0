import { describe, expect, it } from 'vitest';
import { strictnessOf } from '../../../src/timeline/diff/strictness.ts';
import { changes, diff, type Edit, edited, PLAN } from './plans.ts';

describe('how strict a setting is', () => {
  it.each([
    ['rises', 1, 2, 'stricter'],
    ['rises', 2, 1, 'looser'],
    ['falls', 0, 10, 'looser'],
    ['falls', 10, 0, 'stricter'],
    ['rises', false, true, 'stricter'],
    ['falls', false, true, 'looser'],
    ['rises', ['a'], ['a', 'b'], 'stricter'],
    ['rises', ['a', 'b'], ['b'], 'looser'],
    ['rises', ['a'], ['b'], 'other'],
    ['rises', 1, '2', 'other'],
    ['bound', '>= 90%', '>= 95%', 'stricter'],
    ['bound', '>= 90%', '>= 5%', 'looser'],
    ['bound', '>= 90%', '> 90%', 'stricter'],
    ['bound', '< 200ms', '< 1s', 'looser'],
    ['bound', '< 2s', '< 1000ms', 'stricter'],
    ['bound', '<= 2s', '< 2s', 'stricter'],
    ['bound', '< 2s', '<= 2000ms', 'looser'],
    ['bound', '< 2s', '> 2s', 'other'],
    ['bound', '< 2s', '< 2%', 'other'],
    ['bound', undefined, '< 2s', 'stricter'],
    ['bound', '< 2s', undefined, 'looser'],
    ['bound', 0, 5, 'other'],
    [
      [
        ['a', 'c'],
        ['b', 'c'],
      ],
      'a',
      'c',
      'stricter',
    ],
    [
      [
        ['a', 'c'],
        ['b', 'c'],
      ],
      'c',
      'b',
      'looser',
    ],
    [
      [
        ['a', 'c'],
        ['b', 'c'],
      ],
      'a',
      'b',
      'other',
    ],
    [undefined, 1, 2, 'other'],
  ])('%j: %j, then %j: %s', (strictness, before, after, expected) => {
    expect(strictnessOf({ strictness }, before, after)).toBe(expected);
  });
});

describe('the checkers of a plan', () => {
  const strict = (...edits: Edit[]) => changes(...edits).map(({ subject, strictness }) => [subject, strictness]);

  it('one less is looser, one more stricter', () => {
    expect(strict(['  availability: { acknowledged: ">= 90%" }\n', ''])).toEqual([['availability', 'looser']]);
    expect(strict(['  availability:', '  stats:\n  availability:'])).toEqual([['stats', 'stricter']]);
  });

  it.each([
    [['lost: 0', 'lost: 1'], 'set.lost', 'looser'],
    [['">= 90%"', '">= 99%"'], 'availability.acknowledged', 'stricter'],
    [['">= 90%"', '">= 90%", gap: "< 9s"'], 'availability.gap', 'stricter'],
    [['settle: 15s', 'settle: 15s\nrequire: { during: 0 }'], 'require.during', 'looser'],
    [['settle: 15s', 'settle: 15s\nexpect: invalid'], 'expect', 'other'],
  ] as [Edit, string, string][])('%j', (edit, subject, strictness) => {
    expect(strict(edit)).toEqual([[subject, strictness]]);
  });

  it('is turned round where both plans document a violation: what is let pass is none', () => {
    const documented = edited(PLAN, ['settle: 15s', 'settle: 15s\nexpect: invalid']);
    const found = (...edits: Edit[]) =>
      diff(documented, edited(documented, ...edits)).map(({ subject, strictness, note }) => [
        subject,
        strictness,
        note?.match(/The plan expects.*/)?.[0],
      ]);
    const [fewer, more] = ['fewer', 'more'].map((some) => `The plan expects invalid: ${some} runs are as it expects.`);
    expect(found(['lost: 0', 'lost: 10'])).toEqual([['set.lost', 'stricter', fewer]]);
    expect(found(['">= 90%"', '">= 90%", gap: "< 1ms"'])).toEqual([['availability.gap', 'looser', more]]);
    expect(found(['  set: { lost: 0 }\n', ''])).toEqual([['set', 'stricter', fewer]]);
    expect(found(['settle: 15s', 'settle: 15s\nrequire: { during: 0 }'])).toEqual([
      ['require.during', 'looser', undefined],
    ]);
  });

  it('within independent are compared like the others', () => {
    const within = (of: string) =>
      edited(PLAN, ['  availability:', `  independent: { checker: { ${of} } }\n  availability:`]);
    const found = diff(
      within('latency: { p99: "< 1s" }'),
      within('latency: { p99: "< 2s" }, stats: { every_f: false }'),
    );
    expect(
      found.map(({ subject, before, after, strictness, path }) => [subject, before, after, strictness, path]),
    ).toEqual([
      ['independent.checker.latency.p99', '"< 1s"', '"< 2s"', 'looser', 'checker.independent.checker.latency.p99'],
      ['independent.checker.stats', undefined, '{every_f: false}', 'stricter', 'checker.independent.checker.stats'],
    ]);
  });
});
