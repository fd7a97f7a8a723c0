/**
 * A review as workflow commands of GitHub Actions, which become annotations at the lines of a pull request. Escaped as
 * actions/toolkit does (packages/core/src/command.ts). A step shows 10 of each kind; what is more stands in the last one.
 */
import { printable } from '../../base/printable.ts';
import { type Finding, findingsOf } from './findings.ts';
import type { Review } from './review.ts';
import { summary } from './text.ts';

export const ANNOTATIONS_MAX = 10;
const LEVELS = ['error', 'warning', 'notice'] as const;
/** Of those that are only named. */
const NAMED_MAX = 20;
/** Longer texts are cut: GitHub shows 64 KB, and nobody reads them. */
const MESSAGE_MAX = 4_000;

/** One line each; the last one, which is no command, says how many plans there are. */
export function reviewAnnotations(review: Review): string {
  const findings = findingsOf(review);
  const lines = LEVELS.flatMap((level) =>
    annotationsOf(
      level,
      findings.filter((one) => one.level === level),
    ),
  );
  return [...lines, summary(review)].map((line) => `${line}\n`).join('');
}

function annotationsOf(level: Finding['level'], findings: readonly Finding[]): string[] {
  if (findings.length <= ANNOTATIONS_MAX) return findings.map(annotation);
  const shown = findings.slice(0, ANNOTATIONS_MAX - 1);
  const rest = findings.slice(ANNOTATIONS_MAX - 1);
  const named = rest.slice(0, NAMED_MAX).map(({ file, line, rule }) => `${file}:${line} [${rule}]`);
  const more = rest.length > NAMED_MAX ? `\nand ${rest.length - NAMED_MAX} more` : '';
  const message = `and ${rest.length} more ${level}s:\n${named.join('\n')}${more}`;
  return [...shown.map(annotation), `::${level} title=${property('plan-run')}::${data(message)}`];
}

function annotation({ level, file, line, endLine, column, endColumn, title, message }: Finding): string {
  // GitHub takes columns only where there is one line.
  const columns = line === endLine ? [`col=${column}`, `endColumn=${endColumn}`] : [];
  const where = [`file=${property(file)}`, `line=${line}`, `endLine=${endLine}`, ...columns];
  return `::${level} ${[...where, `title=${property(title)}`].join(',')}::${data(message)}`;
}

function data(text: string): string {
  const cut = text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX)}...` : text;
  return cut
    .split(/\r\n?|\n/)
    .map((line) => printable(line).replaceAll('%', '%25'))
    .join('%0A');
}

/** A line break stays one, for it may be in the name of a file. */
function property(text: string): string {
  return text
    .split('\n')
    .map((part) => part.split('\r').map(printable).join('\r'))
    .join('\n')
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
    .replaceAll(':', '%3A')
    .replaceAll(',', '%2C');
}
