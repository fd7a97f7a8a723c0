import type { RuleId } from './rules.ts';

/** What is wrong with a plan: data, collected, never thrown. */
export interface Problem {
  /** A stable name: `unknown-key`, `overlapping-fault`, ...; listed in `rules.ts`. */
  readonly rule: RuleId;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** Path in the plan: `faults[0].partition[1][0]`; empty for the file as a whole. */
  readonly path: string;
  /** What to do about it: `did you mean "partition"?`. */
  readonly hint?: string;
  /** The argument that brought the value in: `--set database.redis.wait=two`; the position is then its place in the file. */
  readonly override?: string;
}
