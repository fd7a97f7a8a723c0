/** A review for scripts; the names are a contract with them. */
import { judgedOf } from './rehearsal.ts';
import type { PlanReview, Rehearsal, RehearsedSide, Review } from './review.ts';

export function reviewJson({ base, head, plans }: Review) {
  return { review: 1, base, head: head ?? null, plans: plans.map(planJson) };
}

function planJson(plan: PlanReview) {
  const { file, was, status, kind, problems, brokenBefore, changes, written, notes, rehearsal } = plan;
  return {
    file,
    was: was ?? null,
    status,
    kind,
    errors: problems.filter(({ severity }) => severity === 'error').length,
    warnings: problems.filter(({ severity }) => severity === 'warning').length,
    problems,
    errors_before: brokenBefore ?? 0,
    /** null: they cannot be compared; empty: nothing changes in meaning. */
    changes: changes ?? null,
    /** As the two are written, of plans whose modules are not loaded; null: `changes` has more, or nothing can be compared. */
    written: written ?? null,
    notes,
    rehearsal: rehearsal === undefined ? null : rehearsalJson(rehearsal),
  };
}

function rehearsalJson({ seeds, simulated, before, after }: Rehearsal) {
  const side = (one: RehearsedSide | undefined) => (one === undefined ? null : sideJson(one));
  return { seeds, simulated: simulated ?? null, before: side(before), after: side(after) };
}

function sideJson(side: RehearsedSide) {
  const { expect, impossible, runs } = side;
  return {
    expect,
    impossible: impossible ?? null,
    runs: runs.length,
    as_expected: judgedOf(side).filter((run) => run.as_expected).length,
    seeds: runs.map(({ seed }) => seed),
    valid: runs.map(({ valid }) => valid),
    lost: runs.map(({ numbers }) => Object.entries(numbers).find(([name]) => name.endsWith('.lost'))?.[1] ?? null),
    errors: runs.flatMap(({ seed, error }) => (error === undefined ? [] : [{ seed, ...error }])),
  };
}

/** JSON in which control characters are escaped that a terminal would obey: those beyond ASCII, which JSON leaves as they are. */
export function safeJson(value: unknown): string {
  const written = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value, null, 2).replaceAll(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, written)}\n`;
}
