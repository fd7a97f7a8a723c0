/** Group commit on a disk and a clock that the test moves. */
import { expect, test } from 'vitest';
import { makeRng } from '../../../../src/base/rng.ts';
import type { SimProcess } from '../../../../src/contract/index.ts';
import { Journal } from '../../../../src/db/mongodb/model/journal.ts';
import { type Entry, Oplog } from '../../../../src/db/mongodb/model/oplog.ts';

const entry = (ts: number): Entry => ({ term: 1, ts, doc: undefined });

function bench(records: unknown[] = []) {
  const timers: { at: number; work: () => void }[] = [];
  const syncs: (() => void)[] = [];
  const state = { now: 0 };
  const disk = {
    records,
    append: (record: unknown) => void records.push(record),
    truncate: (count: number) => void records.splice(count),
    sync: (done: () => void) => void syncs.push(done),
  };
  const process = {
    rng: makeRng(1),
    disk: () => disk,
    nowMs: () => state.now,
    after(ms: number, work: () => void) {
      const timer = { at: state.now + ms, work };
      timers.push(timer);
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) };
    },
  } as unknown as SimProcess;
  const oplog = Journal.recover(process);
  const journal = new Journal(process, oplog, 100, 0);
  return {
    oplog,
    journal,
    records,
    syncs,
    write(...times: number[]) {
      for (const ts of times) oplog.append(entry(ts));
      journal.wrote();
    },
    pass(ms: number) {
      state.now += ms;
      for (const timer of timers.filter(({ at }) => at <= state.now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.work();
      }
    },
    /** The disk is done with what it has under way. */
    synced: () => syncs.shift()?.(),
  };
}

test('what is new is on the disk after the interval, not before', () => {
  const { journal, records, write, pass, synced } = bench();
  write(1, 2);
  pass(99);
  expect(records).toEqual([]);
  pass(1);
  expect(records).toHaveLength(2);
  expect(journal.durable.ts).toBe(0);
  synced();
  expect(journal.durable.ts).toBe(2);
});

test('who waits is called when the group with its write is there', () => {
  const { journal, write, pass, synced } = bench();
  const done: number[] = [];
  journal.whenDurable(() => done.push(0));
  write(1);
  journal.whenDurable(() => done.push(1));
  pass(0);
  // Comes too late for the group under way.
  write(2);
  journal.whenDurable(() => done.push(2));
  synced();
  expect(done).toEqual([0, 1]);
  pass(0);
  synced();
  expect(done).toEqual([0, 1, 2]);
});

test('who hurries while a group is under way need not wait for the interval after it', () => {
  const { journal, write, pass, synced, records } = bench();
  write(1);
  journal.hurry();
  pass(0);
  write(2);
  journal.hurry();
  synced();
  pass(0);
  expect(records).toHaveLength(2);
});

test('a log that is cut back while a group is under way is not durable beyond the cut', () => {
  const { oplog, journal, write, pass, synced, records } = bench();
  const done: string[] = [];
  write(1, 2, 3);
  journal.whenDurable(() => done.push('thrown away'));
  pass(0);
  oplog.truncate(1);
  journal.truncate(1);
  write(4, 5);
  synced();
  expect(journal.durable.ts).toBe(1);
  expect(records).toHaveLength(1);
  pass(100);
  synced();
  expect(journal.durable.ts).toBe(5);
  expect(records).toEqual(oplog.entries);
  expect(done).toEqual([]);
});

test('a start finds what the disk has', () => {
  const { oplog, journal } = bench([entry(1), entry(2)]);
  expect(oplog).toBeInstanceOf(Oplog);
  expect(oplog.last.ts).toBe(2);
  expect(journal.durable.ts).toBe(2);
});
