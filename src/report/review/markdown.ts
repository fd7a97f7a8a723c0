import { type Problem, problemsJson, renderProblems } from '../../plan/index.ts';
import { ganttOf } from '../../timeline/mermaid.ts';
import { counted } from '../../timeline/words.ts';
import { changesMarkdown, NO_CHANGE } from '../diff/index.ts';
import { code, codeBlock, prose, table } from '../markdown.ts';
import { countsOf, rehearsalSentences } from './rehearsal.ts';
import type { PlanReview, Rehearsal, Review } from './review.ts';
import { summaryLine, summaryRows } from './summary.ts';

/** GitHub takes comments of 65,536 characters; some are left for whoever posts it. */
const LENGTH_MAX = 60_000;
/** What of them the table of all plans may take. */
const OVERVIEW_MAX = 20_000;

/** By it, a comment that is there already is found. */
export const MARKER = '<!-- plan-run review -->';

/**
 * A review as the comment of a pull request: what each plan does after it, in words, tables and a gantt that GitHub draws. Nothing that
 * a plan says becomes markup. At most 60,000 characters: where it would be longer, the last plans have a line only, and the text says so.
 */
export function reviewMarkdown(review: Review): string {
  const { plans } = review;
  const head = [MARKER, `## ${headline(plans)}`, '', comparedWith(review), ''];
  if (plans.length > 1) head.push(...overviewTable(plans));
  const sections = plans.map(section);
  const shown = fitting(head.join('\n').length, sections);
  const left = plans.length - shown.length;
  const cut =
    left === 0
      ? []
      : [
          `_The details of ${counted(left, 'more plan')} are left out, for GitHub takes no longer comment: \`plan-run review\` prints them._\n`,
        ];
  const foot = plans.length === 0 ? [] : [`<sub>${LEGEND}</sub>`];
  return `${[...head, ...shown, ...cut, ...foot].join('\n').trimEnd()}\n`;
}

/** For a reader who has never seen a plan. */
const LEGEND =
  'A plan starts a database, lets clients work on it, breaks things at fixed times, and judges what the clients saw. *Looser*: runs pass that failed before.';

function fitting(used: number, sections: readonly string[]): string[] {
  let length = used;
  const fits = sections.findIndex((text) => {
    length += text.length + 1;
    return length > LENGTH_MAX;
  });
  return sections.slice(0, fits < 0 ? sections.length : fits);
}

function headline(plans: readonly PlanReview[]): string {
  const counts = (['changed', 'added', 'deleted'] as const).flatMap((status) => {
    const count = plans.filter((one) => one.status === status).length;
    return count === 0 ? [] : [{ count, status }];
  });
  const [first, ...others] = counts;
  if (first === undefined) return 'No plan is changed';
  const told = [
    `${counted(first.count, 'plan')} ${first.status}`,
    ...others.map(({ count, status }) => `${count} ${status}`),
  ];
  const found = countsOfProblems(plans.flatMap(({ problems }) => problems));
  return `${told.join(', ')}${found === '' ? '' : `; ${found}`}`;
}

/** `2 errors, 1 warning`; empty where there are none. */
function countsOfProblems(problems: readonly Problem[]): string {
  const { errors, warnings } = problemsJson(problems);
  return [errors > 0 && counted(errors, 'error'), warnings > 0 && counted(warnings, 'warning')]
    .filter(Boolean)
    .join(', ');
}

function comparedWith({ base, head }: Review): string {
  const what = head === undefined ? 'The working tree' : `${code(head.ref)} (${code(head.commit.slice(0, 10))})`;
  return `${what}, compared with ${code(base.ref)} at ${code(base.commit.slice(0, 10))}, where they parted.`;
}

/** Every plan in a line, as many as fit. Ends in a blank line. */
function overviewTable(plans: readonly PlanReview[]): string[] {
  const all = plans.map(overviewRow);
  const rows = fitting(
    LENGTH_MAX - OVERVIEW_MAX,
    all.map((cells) => cells.join(' | ')),
  ).length;
  const more = plans.length - rows;
  const rest = more === 0 ? [] : [`_and ${counted(more, 'more plan')}._`, ''];
  return [table(['plan', '', 'in short'], all.slice(0, rows)), '', ...rest];
}

function overviewRow(plan: PlanReview): string[] {
  return [code(plan.file), plan.status, overview(plan)];
}

/** A plan in half a line. */
function overview(plan: PlanReview): string {
  const { errors, warnings } = problemsJson(plan.problems);
  const loosened = plan.changes?.filter(({ strictness }) => strictness === 'looser').length ?? 0;
  const flipped = plan.changes?.some(({ group }) => group === 'expect') ?? false;
  const [rehearsed] = plan.rehearsal === undefined ? [] : rehearsalSentences(plan.rehearsal);
  const parts = [
    errors > 0 && `❌ ${counted(errors, 'error')}`,
    warnings > 0 && counted(warnings, 'warning'),
    plan.changes !== undefined && (plan.changes.length === 0 ? NO_CHANGE : counted(plan.changes.length, 'change')),
    loosened > 0 && `⚠️ ${loosened} looser`,
    flipped && 'expects another verdict',
    rehearsed !== undefined && prose(rehearsed),
  ];
  return parts.filter(Boolean).join('; ');
}

/** All about one plan. Ends in a blank line. */
function section(plan: PlanReview): string {
  const parts = [
    `### ${title(plan)}`,
    inShort(plan),
    ...plan.notes.map((note) => `> ${prose(note)}`),
    problems(plan),
    ...meaning(plan),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** What the plan is about, where no table tells it. */
function inShort({ changes, after }: PlanReview): string {
  return changes === undefined || after === undefined ? '' : prose(summaryLine(after));
}

function title({ file, was, status }: PlanReview): string {
  const from = was === undefined ? '' : `, before ${code(was)}`;
  return `${code(file)}: ${status === 'changed' && was !== undefined ? 'renamed' : status}${from}`;
}

function problems({ problems: found, source, status }: PlanReview): string {
  if (found.length === 0) return '';
  const { errors } = problemsJson(found);
  const head = `**${countsOfProblems(found)}**${errors > 0 && status !== 'deleted' ? ': the plan is refused, nothing would be started' : ''}`;
  return `${head}\n\n${codeBlock(renderProblems(found.slice(0, PROBLEMS_MAX), [source], { color: false }))}${
    found.length > PROBLEMS_MAX ? `\n\n_${found.length - PROBLEMS_MAX} more are not shown._` : ''
  }`;
}

/** Problems of one plan that are shown. */
const PROBLEMS_MAX = 20;

/** What the plan does after it: compared with before, where there is something to compare. */
function meaning(plan: PlanReview): string[] {
  const { status, before, after, changes, written, brokenBefore, rehearsal, problems: found } = plan;
  const refused = problemsJson(found).errors > 0;
  if (status === 'deleted') return before === undefined ? [] : ['What it was:', table(['', ''], rows(before))];
  if (changes !== undefined) {
    const drawn = changes.some(({ group }) => ['faults', 'workload', 'majority', 'plan'].includes(group));
    const gantt = changes.length === 0 || after === undefined ? [] : [timelineBlock(plan, drawn)];
    return [changesMarkdown(changes), ...rehearsed(rehearsal), ...gantt];
  }
  if (written !== undefined) {
    return written.length === 0 ? [`_${NO_CHANGE}_`] : ['As the two are written:', changesMarkdown(written)];
  }
  const was =
    brokenBefore === undefined
      ? []
      : [`It was refused before (${counted(brokenBefore, 'error')})${refused ? ', too' : '; now it is valid'}.`];
  if (after === undefined) return [...was, ...(before !== undefined ? ['Before, it was valid.'] : [])];
  const about = status === 'added' && after.about !== undefined ? [codeBlock(after.about, 'text')] : [];
  return [...was, ...about, table(['', ''], rows(after)), ...rehearsed(rehearsal), timelineBlock(plan, true)];
}

function rows(timeline: NonNullable<PlanReview['after']>): string[][] {
  return summaryRows(timeline).map(([what, words]) => [what, code(words)]);
}

function timelineBlock({ after, before, changes }: PlanReview, open: boolean): string {
  if (after === undefined) return '';
  const moved = changes?.some(({ group }) => group === 'faults');
  const gantt = ganttOf(after, moved ? before : undefined);
  return [
    `<details${open ? ' open' : ''}><summary>Timeline</summary>`,
    '',
    codeBlock(gantt, 'mermaid'),
    '',
    '</details>',
  ].join('\n');
}

function rehearsed(rehearsal: Rehearsal | undefined): string[] {
  if (rehearsal === undefined) return [];
  const [first, ...more] = rehearsalSentences(rehearsal);
  const sentences = [first === undefined ? '' : `**${prose(first)}**`, ...more.map(prose)].filter(Boolean).join(' ');
  const simulated = rehearsal.simulated === undefined ? '' : ` (a simulation of ${prose(rehearsal.simulated)})`;
  const sides = [
    ['before', rehearsal.before],
    ['after', rehearsal.after],
  ] as const;
  const counted = sides.flatMap(([when, side]) => {
    if (side === undefined || side.runs.length === 0) return [];
    const { valid, invalid, unknown, lost } = countsOf(side);
    const losing =
      lost === undefined ? '' : `${lost.runs} of ${lost.of}${lost.median === null ? '' : `, median ${lost.median}`}`;
    return [[when, side.expect, ...[valid, invalid, unknown].map(String), losing]];
  });
  const head = ['', 'expects', 'valid', 'invalid', 'unknown', 'lost something'];
  return [`Rehearsed${simulated}: ${sentences}`, ...(counted.length === 0 ? [] : [table(head, counted)])];
}
