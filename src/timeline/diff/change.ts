import type { Place } from '../../plan/index.ts';

/** What a change is about, in the order of a report. */
export const CHANGE_GROUPS = [
  'plan',
  'environment',
  'nodes',
  'clients',
  'database',
  'workload',
  'faults',
  'majority',
  'checkers',
  'expect',
] as const;
export type ChangeGroup = (typeof CHANGE_GROUPS)[number];

/**
 * One difference in what two plans mean. All texts are for a person and plain: they may hold anything that a plan may, so
 * whoever prints them escapes them.
 */
export interface Change {
  readonly group: ChangeGroup;
  /** `moved`: a fault begins at another time; `resized`: it lasts another time (and may begin at another, too). */
  readonly kind: 'added' | 'removed' | 'changed' | 'moved' | 'resized';
  /** What is changed: `mongodb.write_concern`, `partition n1 n2 | n3 n4 n5`, `set.lost`. */
  readonly subject: string;
  /** What was, in a few words; none of what is added. */
  readonly before?: string;
  /** What is; none of what is removed. */
  readonly after?: string;
  /** What follows from it, where that is not plain: `5s later`. */
  readonly note?: string;
  /** Whether the plan passes where it failed before (`looser`), or the other way round; of what judges a run. */
  readonly strictness?: 'looser' | 'stricter' | 'other';
  /** Where it stands: in the new plan; of what is removed, in the old one. */
  readonly place: Place;
}
