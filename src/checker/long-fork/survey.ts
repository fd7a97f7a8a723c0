import { type History, pairs } from '../../history/index.ts';
import { brief, identity } from '../values.ts';

export interface GroupRead {
  /** Of the completion. */
  readonly index: number;
  readonly time: number;
  /** Names of the keys it looked at, sorted. */
  readonly keys: readonly string[];
  /** Those of which it saw a value, sorted. */
  readonly present: readonly string[];
}

/** Why nothing can be said, in words, and as Jepsen's `error` where it has one. */
export interface Problem {
  readonly why: string;
  readonly error?: readonly unknown[];
}

/** What transactions are called, in Jepsen's histories of several ages. */
const TRANSACTIONS = new Set(['read', 'write', 'txn']);

type MicroOp = readonly [f: 'r' | 'w', key: unknown, value: unknown];

/** The reads in order of completion; `problem`: the first thing that the checker's assumptions do not allow. */
export function survey(history: History, groupSize: number): { reads: GroupRead[]; problem?: Problem } {
  const reads: GroupRead[] = [];
  const written = new Set<string | number>();
  const values = new Map<string | number, unknown>();
  let multiple: Problem | undefined;
  let other: Problem | undefined;
  for (const { invoke, completion } of pairs(history)) {
    if (!TRANSACTIONS.has(invoke.f)) continue;
    const asked = microOps(invoke.value);
    const [first] = asked ?? [];
    if (asked?.length === 1 && first?.[0] === 'w') {
      if (completion?.type === 'fail') continue;
      const key = identity(first[1]);
      if (written.has(key)) {
        multiple ??= { why: `key ${brief(first[1])} is written more than once`, error: ['multiple-writes', first[1]] };
      }
      written.add(key);
    } else if (completion?.type === 'ok') {
      const { index, time, value } = completion;
      const found = microOps(value);
      if (found === undefined || !found.every(([f]) => f === 'r')) {
        other ??= { why: `operation ${index} neither writes one key nor reads a group: ${brief(value)}` };
        continue;
      }
      const nameOf = ([, key]: MicroOp) => String(identity(key));
      const keys = [...new Set(found.map(nameOf))].sort();
      const present = [...new Set(found.filter(([, , value]) => value !== null).map(nameOf))].sort();
      reads.push({ index, time, keys, present });
      if (keys.length !== groupSize) {
        other ??= { why: `read ${index} looked at ${keys.length} keys, not ${groupSize}`, error: ['illegal-history'] };
      }
      for (const [, key, value] of found) {
        if (value === null) continue;
        const name = identity(key);
        if (values.has(name) && identity(values.get(name)) !== identity(value)) {
          other ??= { why: `key ${brief(key)} was read with two values`, error: ['illegal-history'] };
        }
        values.set(name, value);
      }
    }
  }
  const problem = multiple ?? other;
  return { reads, ...(problem !== undefined && { problem }) };
}

function microOps(value: unknown): readonly MicroOp[] | undefined {
  const isMicroOp = (one: unknown) => Array.isArray(one) && one.length === 3 && (one[0] === 'r' || one[0] === 'w');
  return Array.isArray(value) && value.length > 0 && value.every(isMicroOp) ? (value as MicroOp[]) : undefined;
}
