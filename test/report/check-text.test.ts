import { expect, test } from 'vitest';
import { makeRegistry } from '../../src/cli/registry.ts';
import { checkText } from '../../src/report/index.ts';

const registry = makeRegistry();
const found = (result: object) => ({
  ...{ history: 'h', ops: 2000, valid: false as const },
  why: ['stats: \u001b[31mred\nbecause it is valid'],
  checkers: { stats: { valid: false as const, ...result } },
});

test("a history's own words command no terminal, and begin no line", () => {
  const errors = [{ error: 'x\u009b31m\ny', f: 'add', type: 'info', count: 1, index: 1 }];
  const text = checkText(found({ by_f: {}, errors, exceptions: [] }), registry);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(text).toContain(
    'h: invalid  (stats; 2,000 operations)\n  because stats: \ufffd[31mred\ufffdbecause it is valid\n',
  );
});

test('of a run, what is dated counts from its start and lies in its faults', () => {
  const broken = [{ what: 'x', index: 1, from: 5e9, until: 6e9 }];
  expect(checkText(found({ failed: true, broken }), registry)).toContain('first broken at 5s, held again at 6s');
  const faults = [{ fault: 'f1', nemesis: 'partition', from_ns: 4e9, until_ns: 7e9 }];
  const text = checkText(found({ failed: true, broken }), registry, { start_ns: 2e9, faults });
  expect(text).toContain('first broken at 3s, held again at 4s; 1s long; during f1 partition');
});
