import type { Piece } from './pieces.ts';

/** Lines of pieces as text: the indentation of each, one space where there may be one, at most one blank line, a line feed at the end. */
export function layOut(pieces: readonly Piece[]): string {
  const lines = linesOf(pieces);
  const [above, below] = [contentBefore(lines), contentBefore(lines.toReversed()).toReversed()];
  const out: string[] = [];
  let blank = false;
  for (const [at, line] of lines.entries()) {
    const [first] = line;
    if (first === undefined) blank = out.length > 0;
    else {
      if (blank) out.push('');
      blank = false;
      const indent =
        first.type === 'comment' && !first.flow ? commentIndent(first, above[at], below[at]) : first.indent;
      out.push(`${first.type === 'block-scalar' ? '' : ' '.repeat(indent)}${textOf(line)}`);
    }
  }
  return `${out.join('\n')}\n`;
}

function linesOf(pieces: readonly Piece[]): Piece[][] {
  const lines: Piece[][] = [[]];
  for (const piece of pieces) {
    if (piece.type === 'newline') lines.push([]);
    else lines.at(-1)?.push(piece);
  }
  return lines;
}

function textOf(line: readonly Piece[]): string {
  return line.map((piece, at) => `${at === 0 ? '' : between(line[at - 1]!, piece)}${piece.text}`).join('');
}

/** White space between two pieces on one line. */
function between(one: Piece, next: Piece): string {
  if (next.type === 'comment') return ' ';
  if (next.type === 'comma') return '';
  // a colon is part of an alias's name that it touches
  if (next.type === 'map-value-ind') return one.type === 'alias' || one.type === 'explicit-key-ind' ? ' ' : '';
  if (one.type === 'flow-seq-start' || next.type === 'flow-seq-end') return '';
  return one.type === 'flow-map-start' && next.type === 'flow-map-end' ? '' : ' ';
}

type Line = readonly Piece[];

/** For each line the nearest one before it that has more than a comment. */
function contentBefore(lines: readonly Line[]): (Line | undefined)[] {
  let last: Line | undefined;
  return lines.map((line) => {
    const before = last;
    if (line[0] !== undefined && line[0].type !== 'comment') last = line;
    return before;
  });
}

/**
 * How deep a comment on a line of its own is indented: like the next line where it is aligned with that; else as the innermost map or
 * list around that begins at its column or before it. So one that ends a block stays with the block.
 */
function commentIndent({ column }: Piece, above: Line | undefined, below: Line | undefined): number {
  const next = below?.[0];
  if (next?.column === column) return next.indent;
  const before = above?.findLast(({ type }) => type !== 'comment');
  const levels = [...(before?.levels ?? []), ...(next?.levels ?? [])].filter(({ old }) => old <= column);
  const old = Math.max(...levels.map((level) => level.old));
  // of a list at the column of its key, the key is the one that ends there
  return levels.find((level) => level.old === old)?.indent ?? next?.indent ?? 0;
}
