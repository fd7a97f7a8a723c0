import type { Outcome } from '../../contract/index.ts';
import type { Access } from './client.ts';
import type { Compare, Entry, Range, Request } from './client-gateway.ts';

/** Others were quicker so often: then the operation gives up, and has written nothing. */
const TRIES = 20;

/** What is to be written, provided that what was read is still so; and what the operation has come to then. */
export interface Change {
  readonly compare: readonly Compare[];
  readonly success: readonly Request[];
  readonly outcome: Outcome;
}

/**
 * Changes what it has read, where nobody has changed it since: etcd has no transactions that are read from before they are
 * written (etcd manual, "etcd concurrency API": software transactional memory does the same). Where somebody has, nothing is written, and the answer
 * brings what is there now, for the next try.
 *
 * @param decide gets the entries of each of `ranges`; an outcome in place of a change ends it, with nothing written.
 */
export async function optimistic(
  { gateway, serializable }: Access,
  ranges: readonly Range[],
  decide: (found: readonly (readonly Entry[])[]) => Change | Outcome,
): Promise<Outcome> {
  let { entries } = await gateway.txn(
    [],
    ranges.map((range) => ({ ...range, serializable })),
  );
  for (let i = 0; i < TRIES; i++) {
    const decided = decide(entries);
    if ('type' in decided) return decided;
    const answer = await gateway.txn(decided.compare, decided.success, ranges);
    if (answer.succeeded) return decided.outcome;
    entries = answer.entries;
  }
  return { type: 'fail', error: `gave up: in each of ${TRIES} tries another client was quicker` };
}

/** That a key is still as it was read; `entry` is undefined where it was not there. */
export function unchanged(key: string, entry: Entry | undefined): Compare {
  return { key, modRevision: entry?.modRevision ?? '0' };
}
