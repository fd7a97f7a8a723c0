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
  /** What is changed: `mongodb.write_concern`, `f1 partition: cut {n1} from the rest`, `set.lost`. */
  readonly subject: string;
  /** What was, in a few words; none of what is added. */
  readonly before?: string;
  /** What is; none of what is removed. */
  readonly after?: string;
  /** What it means, or what follows from it: a setting's description, `5s later`. */
  readonly note?: string;
  /**
   * Of what judges a run: whether runs now pass that failed before (`looser`), or the other way round; `other` where that cannot be
   * said. A plan that expects another verdict than before is `other`.
   */
  readonly strictness?: 'looser' | 'stricter' | 'other';
  /** Path of what changes (`checker.set.lost`): in the new plan; of what is removed, in the old one. */
  readonly path: string;
}

/** The group of each of a plan's keys that is more than the plan's own. */
export const BLOCKS_OF: Readonly<Record<string, ChangeGroup>> = {
  environment: 'environment',
  nodes: 'nodes',
  database: 'database',
  workload: 'workload',
  faults: 'faults',
  checker: 'checkers',
  require: 'checkers',
  expect: 'expect',
};
