/** Group commit and the WAL writer, on a disk and a clock that the test moves. */
import { expect, test } from 'vitest';
import type { SimProcess } from '../../../../src/contract/index.ts';
import { Wal, type WalRecord } from '../../../../src/db/postgres/model/wal.ts';

const COMMIT: WalRecord = { kind: 'commit', xid: 1 };

function bench({ commitDelayMs = 0, commitSiblings = 5, underWay = 1 } = {}) {
  const records: unknown[] = [];
  const syncs: (() => void)[] = [];
  const timers: { ms: number; work: () => void }[] = [];
  const process = {
    node: 'n1',
    disk: () => ({
      records,
      append: (record: unknown) => void records.push(record),
      sync: (done: () => void) => void syncs.push(done),
    }),
    after: (ms: number, work: () => void) => void timers.push({ ms, work }),
  } as unknown as SimProcess;
  const wal = new Wal(process, { commitDelayMs, commitSiblings, underWay: () => underWay });
  const flushed: string[] = [];
  return {
    ...{ wal, records, syncs, timers, flushed },
    commit(name: string) {
      wal.flush(wal.insert(COMMIT), () => flushed.push(name));
    },
    synced: () => syncs.shift()?.(),
  };
}

test('nobody hears of a flush before the disk is done with it', () => {
  const { commit, flushed, records, synced } = bench();
  commit('a');
  expect([records.length, flushed]).toEqual([1, []]);
  synced();
  expect(flushed).toEqual(['a']);
});

test('whoever comes while a flush is under way shares the next one', () => {
  const { commit, flushed, records, syncs, synced } = bench();
  for (const name of ['a', 'b', 'c']) commit(name);
  expect([records.length, syncs.length]).toEqual([1, 1]);
  synced();
  expect([flushed, records.length, syncs.length]).toEqual([['a'], 3, 1]);
  synced();
  expect([flushed, syncs.length]).toEqual([['a', 'b', 'c'], 0]);
});

test('commit_delay lets others join, where enough of them are at work', () => {
  const joined = bench({ commitDelayMs: 5, commitSiblings: 2, underWay: 3 });
  joined.commit('a');
  expect(joined.timers.map(({ ms }) => ms)).toEqual([5]);
  joined.commit('b');
  joined.timers[0]?.work();
  joined.synced();
  expect(joined.flushed).toEqual(['a', 'b']);
  const alone = bench({ commitDelayMs: 5, commitSiblings: 3, underWay: 3 });
  alone.commit('a');
  expect([alone.timers.length, alone.syncs.length]).toEqual([0, 1]);
});

test('the WAL writer flushes whole pages first, and what is on the last one in a later round', () => {
  const { wal, syncs, synced, records } = bench();
  let lsn = 0;
  while (lsn < 9_000) lsn = wal.insert(COMMIT);
  wal.leave(lsn);
  wal.flushBehind(() => {});
  synced();
  expect(wal.flushed).toBe(8_192);
  // The record that goes on behind the page is not there yet.
  expect(records.length).toBe(Math.floor(8_192 / 46));
  wal.flushBehind(() => {});
  synced();
  expect(wal.flushed).toBe(lsn);
  wal.flushBehind(() => {});
  expect(syncs).toEqual([]);
});

test('a commit that nobody waits for is not flushed before the WAL writer comes', () => {
  const { wal, syncs, records } = bench();
  wal.leave(wal.insert(COMMIT));
  expect([syncs.length, records.length]).toEqual([0, 0]);
  wal.flushBehind(() => {});
  expect([syncs.length, records.length]).toEqual([1, 1]);
});
