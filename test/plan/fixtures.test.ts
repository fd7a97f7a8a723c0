import { describe, expect, it } from 'vitest';
import { renderProblems } from '../../src/plan/index.ts';
import { golden, judge, namesIn, textOf } from './fixtures.ts';
import { registry } from './registry.ts';

describe('refused plans', () => {
  it.each(namesIn('refused'))('%s', (name) => {
    const { all, source } = judge(textOf('refused', name), registry, `${name}.yaml`);
    expect(all.some((problem) => problem.severity === 'error')).toBe(true);
    const text = renderProblems(all, [source], { color: false });
    expect(text).toBe(golden('refused', name, text));
  });
});

describe('accepted plans', () => {
  it.each(namesIn('accepted'))('%s', (name) => {
    const { all, source, plan } = judge(textOf('accepted', name), registry, `${name}.yaml`);
    const text = renderProblems(all, [source], { color: false });
    expect(plan, text).toBeDefined();
    expect(all.filter((problem) => problem.severity === 'error')).toEqual([]);
    // a warning has its golden file; without warnings there is none
    expect(text).toBe(golden('accepted', name, text) ?? '');
    expect(all.length > 0).toBe(name.startsWith('warn-'));
  });
});
