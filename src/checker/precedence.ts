/**
 * What a read has seen must be closed under real-time precedence: who sees a write sees every write that had ended ok before that one
 * was invoked. The definition of Jepsen's `causal-reverse` and of CockroachDB's `comments`.
 */
import type { CheckerResult } from '../contract/index.ts';
import type { History } from '../history/index.ts';
import { oddKey } from './asked.ts';
import { countBelow, Numbers } from './numbers.ts';
import { dated, Stretches } from './stretches.ts';
import { brief, identity, Numbered } from './values.ts';

/** Errors that a result holds, and missing values of each; counts count all. */
const KEPT = 1000;

export interface PrecedenceError {
  /** Of the read's completion. */
  readonly index: number;
  readonly missing: readonly unknown[];
  readonly missing_count: number;
  /** How many writes it had to see. */
  readonly expected_count: number;
  /** What it saw: the write that was invoked last, after all that are missing had ended. */
  readonly seen: unknown;
}

/**
 * `write` v, each value once; `read` null, when ok the list of values visible. Values seen that nobody writes in this history ask for nothing;
 * a value that was written twice counts from its first invocation that has not failed. One pass; O(n log n) in what was read. Memory: 50 bytes a write.
 */
export function checkPrecedence(history: History): CheckerResult {
  const values = new Numbered();
  const invoked = new Numbers();
  const ended = new Numbers();
  /** Writes of it that have not failed. */
  const tries = new Numbers();
  /** In the order in which they ended: when, and which. */
  const endings = { index: new Numbers(), value: new Numbers() };
  const errors: PrecedenceError[] = [];
  const stretches = new Stretches();
  let reads = 0;
  let wrong = 0;
  let odd: string | undefined;
  for (const op of history.ops()) {
    const { f, type, process, value, index, time } = op;
    if (typeof process !== 'number') continue;
    if (f === 'write' && type === 'fail') {
      const number = values.find(value);
      if (number >= 0) tries.set(number, tries.at(number) - 1);
    } else if (f === 'write' && (type === 'invoke' || type === 'ok')) {
      if (value === null) odd ??= `write ${index} has no value`;
      const number = values.add(value);
      if (number === invoked.length) {
        invoked.push(index);
        ended.push(Number.POSITIVE_INFINITY);
        tries.push(0);
      }
      if (type === 'invoke') {
        if (tries.at(number) === 0) invoked.set(number, index);
        tries.set(number, tries.at(number) + 1);
      }
      if (type === 'invoke' || ended.at(number) !== Number.POSITIVE_INFINITY) continue;
      ended.set(number, index);
      endings.index.push(index);
      endings.value.push(number);
    } else if (f === 'read' && type === 'invoke') odd ??= oddKey(op);
    else if (f === 'read' && type === 'ok') {
      if (!Array.isArray(value)) {
        odd ??= `the value of read ${index} is not a list: ${brief(value)}`;
        continue;
      }
      reads++;
      const error = judge(value, index);
      if (error === undefined) {
        stretches.good(time);
        continue;
      }
      wrong++;
      if (errors.length < KEPT) errors.push(error);
      stretches.bad(wording(error), index, time);
    }
  }

  /** Those that had to be seen are the first of the endings: as many as had ended before the youngest of the seen began. */
  function judge(seen: readonly unknown[], index: number): PrecedenceError | undefined {
    const numbers = new Set(seen.map((value) => values.find(value)));
    numbers.delete(-1);
    let youngest = -1;
    for (const number of numbers) {
      if (youngest < 0 || invoked.at(number) > invoked.at(youngest)) youngest = number;
    }
    if (youngest < 0) return undefined;
    const began = invoked.at(youngest);
    const expected = countBelow(endings.index, began);
    let found = 0;
    for (const number of numbers) if (ended.at(number) < began) found++;
    if (found === expected) return undefined;
    const missing: unknown[] = [];
    for (let i = 0; i < expected && missing.length < KEPT; i++) {
      const number = endings.value.at(i);
      if (!numbers.has(number)) missing.push(values.value(number));
    }
    return {
      index,
      missing: missing.sort((a, b) => (identity(a) < identity(b) ? -1 : 1)),
      missing_count: expected - found,
      expected_count: expected,
      seen: values.value(youngest),
    };
  }

  const counts = { writes: values.size, reads, error_count: wrong };
  if (odd !== undefined) return { valid: 'unknown', why: odd, ...counts };
  if (reads === 0) return { valid: 'unknown', why: 'nothing was read', ...counts };
  if (values.size === 0) return { valid: 'unknown', why: 'nothing was written', ...counts };
  const [first] = errors;
  return {
    ...(first === undefined
      ? { valid: true }
      : {
          valid: false,
          why: `${wrong} of ${reads} reads saw a write but not one before it; the first: ${wording(first)}`,
        }),
    ...counts,
    errors,
    ...dated(stretches.found),
  };
}

export function precedenceText({ reads, writes, error_count, errors = [] }: CheckerResult): string[] {
  if (reads === undefined) return [];
  return [
    `${writes} writes, ${reads} reads, ${error_count} of which saw a write but not one before it`,
    ...(errors as PrecedenceError[]).slice(0, 5).map(wording),
  ];
}

function wording({ index, seen, missing, missing_count }: PrecedenceError): string {
  const others = missing_count > 1 ? ` and ${missing_count - 1} others` : '';
  return `read ${index} saw ${brief(seen)}, but not ${brief(missing[0])}${others}, written before it`;
}
