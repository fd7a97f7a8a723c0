/** What a review has to say at lines of files, however it is printed: as annotations, or as SARIF. Plain texts. */
import { type Problem, placesIn, type RULES } from '../../plan/index.ts';
import { changeLine } from '../diff/index.ts';
import { contradictionOf, contradictionWords } from './rehearsal.ts';
import type { PlanReview, Review } from './review.ts';

/** What only a review finds; the other rules are those of plans. */
export const REVIEW_RULES = {
  loosened: 'The plan passes now where it failed before.',
  'expects-otherwise': 'The plan documents another verdict than before.',
  'rehearsal-contradicts': 'In the simulator the plan comes to another verdict than it expects.',
  'to-know': 'Something that a reviewer must know: modules that were not loaded, a link that was not followed.',
} as const;

export type FindingRule = keyof typeof RULES | keyof typeof REVIEW_RULES;

export interface Finding
  extends Pick<Problem, 'message' | 'file' | 'line' | 'column' | 'endLine' | 'endColumn' | 'path'> {
  readonly rule: FindingRule;
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
}

/** All of them: errors first, then warnings, then notices; within these in the order of the plans and their lines. */
export function findingsOf({ plans }: Review): Finding[] {
  const all = plans.flatMap((plan) => [
    ...problemsOf(plan),
    ...rehearsalOf(plan),
    ...loosenedOf(plan),
    ...notesOf(plan),
  ]);
  const rank = { error: 0, warning: 1, notice: 2 };
  return all.sort((a, b) => rank[a.level] - rank[b.level]);
}

function problemsOf({ problems }: PlanReview): Finding[] {
  return problems.map(({ rule, severity, message, hint, ...where }) => {
    const { file, line, column, endLine, endColumn, path } = where;
    const whole = hint === undefined ? message : `${message}\n${hint}`;
    return { rule, level: severity, title: rule, message: whole, file, line, column, endLine, endColumn, path };
  });
}

function rehearsalOf(plan: PlanReview): Finding[] {
  const message = plan.rehearsal && contradictionWords(plan.rehearsal);
  if (message === undefined) return [];
  const level = contradictionOf(plan.rehearsal?.after) === 'all' ? 'error' : 'warning';
  return [{ rule: 'rehearsal-contradicts', level, title: 'rehearsal', message, ...placeOf(plan, 'expect') }];
}

/** What decides more leniently than before, or otherwise. */
function loosenedOf(plan: PlanReview): Finding[] {
  const { changes = [] } = plan;
  return changes.flatMap((change): Finding[] => {
    const rule = change.group === 'expect' ? 'expects-otherwise' : 'loosened';
    if (rule === 'loosened' && change.strictness !== 'looser') return [];
    const message = [changeLine(change), change.note ?? ''].filter(Boolean).join('\n');
    return [{ rule, level: 'notice', title: rule, message, ...placeOf(plan, change.path) }];
  });
}

/** Where a path's key stands in the new text; of what is gone, that under which it stood. */
function placeOf({ file, source }: PlanReview, path: string) {
  const { line, column } = placesIn(source)(path);
  return { file, line, column, endLine: line, endColumn: column + 1, path };
}

function notesOf({ file, notes, status }: PlanReview): Finding[] {
  if (status === 'deleted') return [];
  const where = { file, line: 1, column: 1, endLine: 1, endColumn: 2, path: '' };
  return notes.map((message) => ({ rule: 'to-know', level: 'notice', title: 'note', message, ...where }));
}
