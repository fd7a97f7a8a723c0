import Type from 'typebox';
import type { Broken, CheckerModule, CheckerResult, Settings } from '../../contract/index.ts';
import { dated } from '../stretches.ts';
import { findForks } from './forks.ts';
import { survey } from './survey.ts';

const settings = Type.Object(
  {
    group_size: Type.Integer({
      description: 'How many keys each read looks at: those of one group.',
      minimum: 2,
      default: 2,
      examples: [3],
    }),
  },
  { additionalProperties: false },
);

/** Forks that a result names. */
const KEPT = 1000;

/**
 * No two reads see two writes in opposite orders: one x but not yet y, the other y but not yet x (jepsen.tests.long-fork). Snapshot isolation
 * forbids it, parallel snapshot isolation allows it (Sovran et al., Transactional storage for geo-replicated systems, SOSP 2011, 3.2).
 * A value is a list of micro-operations: one `["w", key, value]`, or `["r", key, null]` for each key of a group; `f` is `read`, `write` or `txn`.
 * Each key is written once: with more writes, or two values of a key in the reads, the verdict is unknown; so it is where a
 * read looks at another number of keys.
 *
 * Result: `reads`, `early_reads` (saw nothing) and `late_reads` (saw everything), which tell nothing, `fork_count`, `forks` (the indices of the two
 * reads' completions), `error` where it is unknown.
 */
export const longFork: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'long-fork',
  summary: 'No two reads see two writes in opposite orders.',
  settings,
  judges: ['long-fork'],
  check(history, { group_size }: Settings<typeof settings>): CheckerResult {
    const { reads, problem } = survey(history, group_size);
    const seen = reads.map(({ present }) => present.length);
    const counts = {
      reads: reads.length,
      early_reads: seen.filter((count) => count === 0).length,
      late_reads: reads.filter(({ keys, present }) => present.length === keys.length).length,
    };
    if (problem !== undefined) return { valid: 'unknown', ...problem, ...counts };
    if (reads.length === 0) return { valid: 'unknown', why: 'nothing was read', ...counts };
    const { forks, count } = findForks(reads, KEPT);
    const [first] = forks;
    if (first === undefined) return { valid: true, ...counts, fork_count: 0 };
    const broken: Broken[] = forks.slice(0, 100).map(([one, other]) => ({
      what: `reads ${one.index} and ${other.index} saw writes in opposite orders`,
      index: other.index,
      from: other.time,
    }));
    return {
      valid: false,
      why: `${count} pairs of reads saw writes in opposite orders; the first: ${one(first)}`,
      ...counts,
      fork_count: count,
      forks: forks.map(([one, other]) => [one.index, other.index]),
      first_fork: one(first),
      ...dated(broken),
    };
  },
  text({ reads, early_reads, late_reads, fork_count, first_fork }) {
    return [
      `${reads} reads; ${early_reads} saw nothing yet, ${late_reads} everything`,
      ...(first_fork === undefined ? [] : [`${fork_count} forks; the first: ${first_fork}`]),
    ];
  },
};

function one([one, other]: ReturnType<typeof findForks>['forks'][number]): string {
  const only = (a: readonly string[], b: readonly string[]) => a.find((key) => !b.includes(key));
  const [x, y] = [only(one.present, other.present), only(other.present, one.present)];
  return `read ${one.index} saw key ${x} but not ${y}, read ${other.index} saw ${y} but not ${x}`;
}
