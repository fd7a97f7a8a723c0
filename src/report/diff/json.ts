import type { Change } from '../../timeline/index.ts';

/** A diff for scripts; the names are a contract with them. `before` and `after` are the plans' files. */
export function diffJson(before: string, after: string, changes: readonly Change[]) {
  return { diff: 1, before, after, changes };
}
