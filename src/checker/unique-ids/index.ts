import { type CheckerModule, type CheckerResult, NoSettings } from '../../contract/index.ts';
import { nameOfKey, pairs, withPlainNames } from '../../history/index.ts';
import { Numbers } from '../numbers.ts';
import { brief, identity, Numbered } from '../values.ts';

/** Duplicated ids that a result names, those that came most often first; as many as Jepsen names. */
const NAMED = 48;

/**
 * Every id that was given out was given out once (jepsen.checker/unique-ids). Ids are integers up to 2^53 or strings, or any JSON value.
 *
 * Result: `attempted`, `acknowledged`, `duplicated` (how many ids came more than once), `duplicates` (those that came most often, and how
 * often), `range` (the smallest and the largest id where all are numbers, or all are strings), `first_duplicate_index`.
 */
export const uniqueIds: CheckerModule<typeof NoSettings> = {
  kind: 'checker',
  name: 'unique-ids',
  summary: 'No id is given out twice.',
  settings: NoSettings,
  judges: ['unique-ids'],
  check(history): CheckerResult {
    const ids = new Numbered();
    const seen = new Numbers();
    let attempted = 0;
    let acknowledged = 0;
    let first: number | undefined;
    let odd: string | undefined;
    for (const { invoke, completion } of pairs(history)) {
      if (invoke.f !== 'generate') continue;
      attempted++;
      if (completion?.type !== 'ok') continue;
      acknowledged++;
      if (completion.value === null || completion.value === undefined)
        odd ??= `generate ${completion.index} gave no id`;
      // Two of them may have been read as one.
      if (Number.isInteger(completion.value) && !Number.isSafeInteger(completion.value))
        odd ??= `the id of generate ${completion.index} is a number too large to be told from others: ids of 64 bits must be strings`;
      const id = ids.add(completion.value);
      if (id === seen.length) seen.push(1);
      else {
        seen.set(id, seen.at(id) + 1);
        first ??= completion.index;
      }
    }
    if (odd !== undefined) return { valid: 'unknown', why: odd, attempted, acknowledged };
    if (acknowledged === 0) return { valid: 'unknown', why: 'no id was given out', attempted, acknowledged };
    const duplicated: [id: unknown, times: number][] = [];
    for (let id = 0; id < ids.size; id++) if (seen.at(id) > 1) duplicated.push([ids.value(id), seen.at(id)]);
    duplicated.sort(([, a], [, b]) => b - a);
    return {
      ...(duplicated.length === 0
        ? { valid: true }
        : { valid: false, why: `${duplicated.length} ids were given out more than once` }),
      attempted,
      acknowledged,
      duplicated: duplicated.length,
      duplicates: Object.fromEntries(
        withPlainNames(new Map(duplicated.slice(0, NAMED).map(([id, times]) => [nameOf(id), times]))),
      ),
      range: rangeOf(ids),
      ...(first !== undefined && { first_duplicate_index: first }),
    };
  },
  text({ attempted, acknowledged, duplicates, range }) {
    const found = Object.entries((duplicates ?? {}) as Record<string, number>);
    const ends = Array.isArray(range) ? `, from ${range.map(brief).join(' to ')}` : '';
    return [
      `${attempted} asked for, ${acknowledged} given out${ends}`,
      ...found.slice(0, 5).map(([id, times]) => `${id} was given out ${times} times`),
      ...(found.length > 5 ? [`... ${found.length - 5} more`] : []),
    ];
  },
};

function nameOf(id: unknown): string {
  return typeof id === 'object' ? String(identity(id)) : nameOfKey(id);
}

/** Null where ids of different types have no order. */
function rangeOf(ids: Numbered): [unknown, unknown] | null {
  let least = ids.value(0) as number;
  let most = least;
  for (let i = 0; i < ids.size; i++) {
    const id = ids.value(i) as number;
    if (typeof id !== typeof least || (typeof id !== 'number' && typeof id !== 'string')) return null;
    if (id < least) least = id;
    if (id > most) most = id;
  }
  return [least, most];
}
