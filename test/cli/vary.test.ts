import { describe, expect, it } from 'vitest';
import { combinationsOf, parseVary } from '../../src/cli/sweep/vary.ts';

describe('--vary', () => {
  it.each([
    ['a.b=1,2,3', 'a.b', ['1', '2', '3']],
    ['a=one', 'a', ['one']],
    ['a = safe , majority', 'a', ['safe', 'majority']],
    ['faults[0].partition=[[n1],[n2,n3]],one', 'faults[0].partition', ['[[n1],[n2,n3]]', 'one']],
    ['a={b: 1, c: 2},{b: [3, 4]}', 'a', ['{b: 1, c: 2}', '{b: [3, 4]}']],
    [`a="x, y",'z, "w'`, 'a', ['"x, y"', `'z, "w'`]],
    ["a=it's,isn't", 'a', ["it's", "isn't"]],
    ['a=["],",1],2', 'a', ['["],",1]', '2']],
    ['a=>= 90%,< 100%', 'a', ['>= 90%', '< 100%']],
  ])('%j is read', (text, path, values) => {
    expect(parseVary(text)).toEqual({ path, values });
  });

  it.each([
    ['a', '"a" has no path in the plan, = and values'],
    ['=1,2', '"=1,2" has no path in the plan, = and values'],
    ['a=', 'A value of a is empty; no text is "", and nothing is null'],
    ['a=1,,2', 'A value of a is empty; no text is "", and nothing is null'],
    ['a=[1,2', 'A quote or a bracket in "a=[1,2" is not closed'],
    ['a="1,2', 'A quote or a bracket in "a="1,2" is not closed'],
    ['a=1,2,1', 'The value 1 is there twice'],
  ])('%j is refused', (text, why) => {
    expect(parseVary(text)).toBe(why);
  });
});

describe('several of them', () => {
  it('make all combinations, the last one changing fastest', () => {
    const varied = [
      { path: 'a', values: ['1', '2'] },
      { path: 'b', values: ['x', 'y'] },
    ];
    expect(combinationsOf(varied).map((row) => row.join(''))).toEqual(['1x', '1y', '2x', '2y']);
    expect(combinationsOf([])).toEqual([[]]);
  });
});
