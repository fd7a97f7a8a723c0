import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/base/printable.ts';
import { code, codeBlock, prose, table } from '../../src/report/markdown.ts';

/** A Markdown text as GitHub's dialect reads it. */
const parse = (text: string) => fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

const nodes = (tree: Node): Node[] => [tree, ...(tree.children ?? []).flatMap(nodes)];

/** The second row's second cell of a table that has `cell` there. */
function inCell(cell: string): readonly Node[] {
  const tree = parse(table(['a', 'b', 'c'], [['x', cell, 'y']])) as Node;
  const [only, ...others] = tree.children ?? [];
  expect([only?.type, others.length]).toEqual(['table', 0]);
  const row = only?.children?.[1]?.children ?? [];
  expect(row.map((one) => one.children?.[0]?.value)[0]).toBe('x');
  expect(row).toHaveLength(3);
  return row[1]?.children ?? [];
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '[click](javascript:alert(1)) ![x](https://example.org/x.png)',
  '@maintainers fixes #1 https://example.org www.example.org',
  'a | b \\| c `code` ``two`` `',
  '**bold** _it_ ~~gone~~ <!-- plan-run review --> &lt; &#64;',
  '\u001b[31mred\u202e txet\u0000',
  'line\n## heading\n- list\n```\nfence',
  '| --- |',
  '$x$ \\(x\\)',
  '',
  '`',
  '\\',
];
const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: fc.constantFrom(...'`|\\*_<>[]()#&@~!-=:. \nax0$') }),
  fc.string({ unit: 'binary' }),
);

/** What of a text can be seen: GFM takes line ends and blanks at the ends from code. */
const visible = (value: string) =>
  printable(value.replaceAll(/\r\n?|\n/g, ' '))
    .trim()
    .replaceAll('\\|', '\\\u2223');

describe('code', () => {
  it('is the text and nothing else, in a line and in a table', () => {
    fc.assert(
      fc.property(text, (value) => {
        for (const cell of [
          inCell(code(value)),
          (parse(`a ${code(value)} b`).children[0] as Node).children?.slice(1, -1) ?? [],
        ]) {
          expect(cell.map(({ type }) => type)).toEqual(['inlineCode']);
        }
        const [only] = inCell(code(value));
        expect(only?.value?.trim()).toBe(visible(value));
      }),
      { numRuns: 500 },
    );
  });
});

describe('prose', () => {
  it('has no markup', () => {
    fc.assert(
      fc.property(text, (value) => {
        const found = nodes({ type: 'cell', children: inCell(prose(value)) });
        expect(found.map(({ type }) => type).filter((type) => !['cell', 'text'].includes(type))).toEqual([]);
        expect(prose(value)).not.toMatch(/[<>]|@\w|#\d|:\/\/|www\./i);
      }),
      { numRuns: 500 },
    );
  });

  it('reads as it was written', () => {
    const said = 'A <b>name</b> of @someone | [x](y) *z* #1 a_b';
    const read = inCell(prose(said)).map(({ value }) => value?.replaceAll('\u200b', ''));
    expect(read).toEqual([said]);
  });
});

describe('a block of code', () => {
  it('ends where it ends', () => {
    fc.assert(
      fc.property(text, (value) => {
        const tree = parse(`${codeBlock(value, 'mermaid')}\n\nafter`) as Node;
        expect(tree.children?.map(({ type }) => type)).toEqual(['code', 'paragraph']);
      }),
      { numRuns: 500 },
    );
  });
});
