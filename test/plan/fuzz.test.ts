import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderProblems } from '../../src/plan/index.ts';
import { judge, namesIn, textOf } from './fixtures.ts';
import { registry } from './registry.ts';

const texts = (['accepted', 'refused'] as const).flatMap((folder) =>
  namesIn(folder)
    .filter((name) => name !== 'billion-laughs')
    .map((name) => textOf(folder, name)),
);
const pieces = [
  '\n',
  '  ',
  '\t',
  ':',
  '- ',
  '[',
  '}',
  '"',
  '&a ',
  '*a',
  '!',
  '#',
  '---\n',
  '? ',
  '<<: ',
  '0',
  'null',
  '\u0000',
  '\u2028',
  '𝄞',
];

it('whatever becomes of a plan’s text: problems with a place in it, or a plan; nothing is thrown', () => {
  const edit = fc.record({ at: fc.nat(), length: fc.nat(8), piece: fc.constantFrom('', ...pieces) });
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 4 }), (text, edits) => {
      const mutant = edits.reduce((now, { at, length, piece }) => {
        const start = at % (now.length + 1);
        return now.slice(0, start) + piece + now.slice(start + length);
      }, text);
      const { all, plan, source } = judge(mutant, registry);
      expect(plan === undefined).toBe(all.some(({ severity }) => severity === 'error'));
      const lines = mutant.split(/\r\n?|\n/);
      for (const { line, column, endLine, endColumn } of all) {
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
        expect(endLine > line || endColumn > column).toBe(true);
      }
      renderProblems(all, [source], { color: true });
    }),
    { numRuns: 1500, seed: 20_130_518 },
  );
});
