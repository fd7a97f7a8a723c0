import { expect, test } from 'vitest';
import { Waiters } from '../../../../src/db/mongodb/model/concern.ts';
import type { Entry } from '../../../../src/db/mongodb/model/oplog.ts';

const CONCERN = { w: 2, majority: false, journal: false, timeoutMs: undefined };
const entry = (ts: number): Entry => ({ term: 1, ts, doc: undefined });

/** Waiters of a primary whose followers have everything up to `reached`. */
function bench() {
  const timers: { ms: number; work: () => void; cancelled: boolean }[] = [];
  const state = { reached: 0 };
  const waiters = new Waiters(
    ({ ts }) => ts <= state.reached,
    (ms, work) => {
      const timer = { ms, work, cancelled: false };
      timers.push(timer);
      return {
        cancel: () => {
          timer.cancelled = true;
        },
      };
    },
  );
  const ends: string[] = [];
  const wait = (ts: number, timeoutMs?: number) =>
    waiters.wait(entry(ts), { ...CONCERN, timeoutMs }, (end) => ends.push(`${ts} ${end}`));
  return { waiters, timers, state, ends, wait };
}

test('a write that has what it needs does not wait', () => {
  const { state, ends, wait } = bench();
  state.reached = 1;
  wait(1);
  expect(ends).toEqual(['1 satisfied']);
});

test('each ends once: satisfied, out of time, or when the primary is none any more', () => {
  const { waiters, timers, state, ends, wait } = bench();
  for (const ts of [1, 2, 3]) wait(ts, 100 * ts);
  state.reached = 1;
  waiters.look();
  timers[1]?.work();
  waiters.endAll();
  waiters.endAll();
  expect(ends).toEqual(['1 satisfied', '2 timeout', '3 stepped-down']);
  expect(timers.map(({ cancelled }) => cancelled)).toEqual([true, true, true]);
});

test('who has gone is not answered', () => {
  const { waiters, ends, wait } = bench();
  wait(1)();
  waiters.endAll();
  expect(ends).toEqual([]);
});
