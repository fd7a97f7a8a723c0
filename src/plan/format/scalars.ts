/** The lines of texts over several lines, indented anew: what they mean stays the same. */

/**
 * Plain or quoted text: folding takes the white space around its line breaks away (YAML 1.2.2, 6.5 and 7.3), all but what a
 * backslash keeps.
 */
export function flowLines(type: string, source: string, indent: number): string {
  if (!source.includes('\n')) return source;
  const lines = source.split('\n');
  return lines
    .map((line, at) => {
      const begun = at === 0 ? line : line.trimStart();
      const ended = at === lines.length - 1 ? begun : withoutEnd(begun, type === 'double-quoted-scalar');
      return at === 0 || ended === '' ? ended : `${' '.repeat(indent)}${ended}`;
    })
    .join('\n');
}

function withoutEnd(line: string, escapes: boolean): string {
  const trimmed = line.trimEnd();
  const backslashes = /\\*$/.exec(trimmed)?.[0].length ?? 0;
  return escapes && backslashes % 2 === 1 ? line.slice(0, trimmed.length + 1) : trimmed;
}

/**
 * The body of a `|` or `>`, without its last line break. `old` is the indentation that it has, as far as its header says it; else that of its
 * first line with text tells (8.1.1.1). White space at the end of its lines is text.
 */
export function blockLines(source: string, old: number | undefined, indent: number): string {
  const lines = source.replace(/\n$/, '').split('\n');
  const first = lines.find((line) => line.trim() !== '') ?? '';
  const had = old ?? first.search(/[^ ]|$/);
  return lines
    .map((line) => (/^ *$/.test(line) && line.length <= had ? '' : `${' '.repeat(indent)}${line.slice(had)}`))
    .join('\n');
}
