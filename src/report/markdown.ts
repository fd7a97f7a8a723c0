/**
 * Somebody else's text in Markdown as GitHub renders it (GFM 0.29, and what GitHub does to the HTML): nothing in it becomes markup, a
 * link, a mention of a person or of an issue.
 */
import { printable } from '../base/printable.ts';

/** A text as code, in one line. */
export function code(text: string): string {
  const line = printable(text.replaceAll(/\r\n?|\n/g, ' ')).trim();
  if (line === '') return '` `';
  const fence = '`'.repeat(longestRun(line) + 1);
  const room = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${room}${line}${room}${fence}`;
}

/** Sentences of ours, that may quote a plan. */
export function prose(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' '))
    .replaceAll(/[\\`*_<>[\]~&!$]/g, (mark) => ENTITIES[mark] ?? `\\${mark}`)
    .replaceAll(/[@#]|:(?=\/\/)|www(?=\.)/gi, `$&${NOTHING}`);
}

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };

/** Mentions and links are found in the rendered text, where no escape is left: a space without a width keeps them apart. */
const NOTHING = '\u200b';

/** A block of code, whose fence is longer than any in it. `language` colours it. */
export function codeBlock(text: string, language = ''): string {
  const lines = text
    .trimEnd()
    .split(/\r\n?|\n/)
    .map(printable);
  const fence = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

/** A table; cells are Markdown in one line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A bar would end the cell, even within code. Behind a backslash no escape helps: another character that looks like it stands there. */
function cell(markdown: string): string {
  return markdown.replaceAll(/(?<=\\)\|/g, '\u2223').replaceAll('|', '\\|');
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
