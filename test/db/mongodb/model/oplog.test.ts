import { expect, test } from 'vitest';
import {
  compareOptimes,
  type Doc,
  type Entry,
  elementsOf,
  nextTs,
  Oplog,
} from '../../../../src/db/mongodb/model/oplog.ts';

/** The entries of a primary that has written these elements, one a second, in `term`. */
function written(elements: readonly number[], term = 1, log = new Oplog([])): Oplog {
  for (const element of elements) {
    const doc: Doc = { element, before: log.doc, size: (log.doc?.size ?? 0) + 1 };
    log.append({ term, ts: nextTs(log.last.ts, 1_000 * (log.length + 1)), doc, session: `s:${element}` });
  }
  return log;
}

test('times are seconds and a counter, and never go back with the clock', () => {
  expect(nextTs(0, 7_999)).toBe(7_000_001);
  expect(nextTs(7_000_001, 7_999)).toBe(7_000_002);
  // The clock of a new primary is behind.
  expect(nextTs(9_000_004, 3_000)).toBe(9_000_005);
});

test('a term outweighs a time', () => {
  expect(compareOptimes({ term: 2, ts: 1 }, { term: 1, ts: 9 })).toBeGreaterThan(0);
  expect(compareOptimes({ term: 1, ts: 1 }, { term: 1, ts: 9 })).toBeLessThan(0);
  expect(compareOptimes({ term: 1, ts: 9 }, { term: 1, ts: 9 })).toBe(0);
});

test('a document is the elements of its log, and an entry without one changes nothing', () => {
  const log = written([4, 2, 9]);
  log.append({ term: 1, ts: nextTs(log.last.ts, 0), doc: undefined });
  expect(elementsOf(log.doc)).toEqual([4, 2, 9]);
  expect(elementsOf(log.docAt(2))).toEqual([4, 2]);
  expect(elementsOf(log.docAt(0))).toEqual([]);
});

test('going back gives what is thrown away, and forgets its retryable writes', () => {
  const log = written([1, 2, 3, 4]);
  expect(log.ofSession('s:3')).toBe(log.entries[2]);
  expect(log.truncate(2).map(({ doc }) => doc?.element)).toEqual([3, 4]);
  expect(elementsOf(log.doc)).toEqual([1, 2]);
  expect(log.ofSession('s:3')).toBeUndefined();
  expect(log.ofSession('s:2')).toBe(log.entries[1]);
});

test('it knows an entry by itself, not by its time', () => {
  const log = written([1, 2, 3]);
  const [, second] = log.entries as [Entry, Entry];
  expect(log.has(second)).toBe(true);
  // Another primary of 2.4 has written at the very same time.
  expect(log.has({ ...second })).toBe(false);
  expect(log.countUpTo(second)).toBe(2);
  expect(log.countUpTo({ term: 0, ts: 9_999_999_999 })).toBe(0);
  expect(log.countUpTo({ term: 2, ts: 0 })).toBe(3);
});
