/** A review for a terminal: a headline for each plan, what changes, what a rehearsal shows, and the problems. */
import { printable } from '../../base/printable.ts';
import { renderProblems } from '../../plan/index.ts';
import type { Change } from '../../timeline/index.ts';
import { counted } from '../../timeline/words.ts';
import { changesText } from '../diff/index.ts';
import { rehearsalSentences } from './rehearsal.ts';
import type { PlanReview, Rehearsal, Review } from './review.ts';
import { summaryLine } from './summary.ts';

const STYLES = { strong: '1', error: '1;31', looser: '1;33', stricter: '32', quiet: '2' } as const;
type Paint = (style: keyof typeof STYLES, text: string) => string;

export interface TextOptions {
  /** With ANSI colours. */
  readonly color: boolean;
}

/** Ends in a newline. Control characters of plans and of file names are not passed on. */
export function reviewText(review: Review, { color }: TextOptions): string {
  const paint: Paint = color ? (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m` : (_, text) => text;
  const plans = review.plans.map((plan) => planText(plan, paint, color));
  return `${[...plans, `${summary(review)}\n`].join('\n')}`;
}

function planText(plan: PlanReview, paint: Paint, color: boolean): string {
  const { problems, changes, written = [], notes, rehearsal } = plan;
  const tested = plan.status === 'added' ? plan.after : plan.status === 'deleted' ? plan.before : undefined;
  const lines = [
    paint('strong', printable(headline(plan))),
    ...notes.map((note) => `  note: ${printable(note)}`),
    ...(tested === undefined ? [] : [`  ${printable(summaryLine(tested))}`]),
    ...(changes === undefined || changes.length === 0 ? [] : changeLines(changes, paint)),
    ...(written.length === 0 ? [] : ['  as it is written:', ...changeLines(written, paint)]),
    ...(rehearsal === undefined ? [] : rehearsalLines(rehearsal)),
  ];
  const told = problems.length === 0 ? '' : `\n${renderProblems(problems, [plan.source], { color })}`;
  return `${lines.join('\n')}\n${told}`;
}

function changeLines(changes: readonly Change[], paint: Paint): string[] {
  const lines = changesText(changes).trimEnd().split('\n');
  return lines.map((line) => `  ${line.replace(/\((looser|stricter)\)$/, (all, how) => paint(how, all))}`);
}

function rehearsalLines(rehearsal: Rehearsal): string[] {
  const of = rehearsal.simulated === undefined ? '' : ` (a simulation of ${printable(rehearsal.simulated)})`;
  return [`  rehearsed${of}:`, ...rehearsalSentences(rehearsal).map((sentence) => `      ${printable(sentence)}`)];
}

function headline({ file, was, status, kind, problems, changes, brokenBefore, notes }: PlanReview): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const renamed = was === undefined ? '' : `renamed from ${was}, `;
  const a = kind === 'plan' ? 'plan' : 'inventory';
  const parts: string[] = [];
  if (status === 'added') parts.push(`a new ${a}`);
  else if (status === 'deleted') parts.push('deleted');
  else if (changes !== undefined) {
    const count = changes.length === 0 ? 'no change' : counted(changes.length, 'change');
    parts.push(`${renamed}${count} in meaning`);
  } else parts.push(`${renamed}changed`);
  if (errors > 0) parts.push(`refused: ${counted(errors, 'error')}`);
  else if (status !== 'deleted' && problems.length > 0) parts.push(counted(problems.length, 'warning'));
  if (brokenBefore !== undefined) parts.push(`it was refused before, too: ${counted(brokenBefore, 'error')}`);
  if (brokenBefore !== undefined && errors === 0)
    parts[parts.length - 1] = `it was refused before: ${counted(brokenBefore, 'error')}`;
  // What a module does is in no timeline: that nothing changes in the plan's own meaning is not all.
  const unclear = status === 'changed' && errors === 0 && (changes ?? []).length === 0 && notes.length > 0;
  return `${file}: ${parts.join('; ')}${unclear ? '; see the note' : ''}`;
}

/** How many plans differ from what; no line of a plan. */
export function summary({ plans, base, head }: Review): string {
  const since = `${printable(base.ref)} (${base.commit.slice(0, 7)})`;
  const until = head === undefined ? '' : ` in ${printable(head.ref)} (${head.commit.slice(0, 7)})`;
  if (plans.length === 0) return `No plan differs from ${since}${until}.`;
  const refused = plans.filter(({ problems }) => problems.some(({ severity }) => severity === 'error')).length;
  const differs = plans.length === 1 ? '1 plan differs' : `${plans.length} plans differ`;
  return `${differs} from ${since}${until}${refused === 0 ? '' : `, ${refused} refused`}.`;
}
