/** Texts into which what means something in YAML is put anywhere. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Problem } from '../../src/plan/index.ts';

const PIECES = [
  ...['\n', '  ', '\t', ':', '- ', '[', '}', '"', '&a ', '*a', '!', '#', '---\n', '? ', '<<: '],
  ...['0', 'null', '$', '\u0000', '\u2028', '𝄞'],
];

/** One of the texts, with a piece removed, or replaced by another, in up to four places. */
export function mutantsOf(texts: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({ at: fc.nat(), length: fc.nat(8), piece: fc.constantFrom('', ...PIECES) });
  return fc.tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((now, { at, length, piece }) => {
      const start = at % (now.length + 1);
      return now.slice(0, start) + piece + now.slice(start + length);
    }, text),
  );
}

/** Each problem is somewhere in the text, and takes some room. */
export function expectPlaces(text: string, problems: readonly Problem[]): void {
  const lines = text.split(/\r\n?|\n/);
  for (const { line, column, endLine, endColumn } of problems) {
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
    expect(endLine > line || endColumn > column).toBe(true);
  }
}
