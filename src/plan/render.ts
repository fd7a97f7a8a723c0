import { printable } from '../base/printable.ts';
import type { Problem } from './problem.ts';
import type { PlanSource } from './text/source.ts';

export interface RenderOptions {
  /** With ANSI colours, for a terminal. */
  readonly color: boolean;
}

/** Longest piece of a line that a frame shows. */
const WIDTH = 100;

/**
 * Problems for a person: `file:line:col: severity: message [rule]`, the text around with the place marked, the
 * path in the plan, and what to do. Control characters of the plan's text are not passed on to the terminal.
 */
export function renderProblems(
  problems: readonly Problem[],
  sources: readonly PlanSource[],
  { color }: RenderOptions,
): string {
  const texts = new Map(sources.map(({ file, text }) => [file, text.split(/\r\n?|\n/)]));
  const paint: Paint = color ? (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m` : (_, text) => text;
  return problems.map((problem) => `${render(problem, texts.get(problem.file) ?? [], paint)}\n`).join('\n');
}

/** Problems for a program, with the counts that decide the exit code: JSON. */
export function problemsJson(problems: readonly Problem[]) {
  const count = (severity: Problem['severity']) => problems.filter((problem) => problem.severity === severity).length;
  return { errors: count('error'), warnings: count('warning'), problems };
}

const STYLES = { strong: '1', error: '1;31', warning: '1;33', mark: '1;31', quiet: '2', hint: '36' } as const;
type Paint = (style: keyof typeof STYLES, text: string) => string;

function render(problem: Problem, lines: readonly string[], paint: Paint): string {
  const { file, line, column, severity, message, rule, path, hint, override } = problem;
  const origin = override === undefined ? '' : ` (in ${printable(override)})`;
  const head = `${paint('strong', `${printable(file)}:${line}:${column}:`)} ${paint(severity, `${severity}:`)}`;
  const out = [
    `${head} ${printable(message)}${origin} ${paint('quiet', `[${rule}]`)}`,
    ...frame(problem, lines, paint),
  ];
  if (path !== '')
    out.push(paint('quiet', `  at ${printable(path.length > WIDTH ? `${path.slice(0, WIDTH)}...` : path)}`));
  if (hint !== undefined) out.push(paint('hint', `  ${printable(hint)}`));
  return out.join('\n');
}

/**
 * The line with its neighbours, and carets under what is meant. None for what the command line brought: the text
 * that stands there is not what is wrong.
 */
function frame(problem: Problem, lines: readonly string[], paint: Paint): string[] {
  const { line, column, endLine, endColumn, override } = problem;
  const text = lines[line - 1];
  if (override !== undefined || text === undefined || text.trim() === '') return [];
  const gutter = String(Math.min(line + 1, lines.length)).length;
  const from = Math.max(0, Math.min(column - 1 - WIDTH / 2, text.length - WIDTH));
  const show = (number: number) => {
    const shown = lines[number - 1];
    if (shown === undefined || (number !== line && shown.slice(from, from + WIDTH).trim() === '')) return [];
    return [
      `${paint('quiet', `  ${String(number).padStart(gutter)} |`)} ${printable(shown).slice(from, from + WIDTH)}`,
    ];
  };
  const end = Math.min(endLine > line ? text.length + 1 : endColumn, text.length + 1, from + WIDTH + 1);
  const carets = '^'.repeat(Math.max(columnsOf(text.slice(column - 1, end - 1)), 1));
  const before = ' '.repeat(columnsOf(text.slice(from, column - 1)));
  const mark = `${paint('quiet', `  ${' '.repeat(gutter)} |`)} ${before}${paint('mark', carets)}`;
  return [...show(line - 1), ...show(line), mark, ...show(line + 1)];
}

/** Columns that a text takes on a terminal: two for what is wide (Chinese, Japanese, Korean, emoji), none for accents. */
function columnsOf(text: string): number {
  return text.replaceAll(WIDE, '..').replaceAll(NARROWEST, '').length;
}

const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/gu;
const NARROWEST = /[\p{Mn}\p{Me}\u200b-\u200d]/gu;
