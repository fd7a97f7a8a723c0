/** What a start makes of the log that it finds, on a disk that the test moves. */
import { expect, test } from 'vitest';
import type { SimProcess } from '../../../../src/contract/index.ts';
import { type Recovered, recover } from '../../../../src/db/postgres/model/recovery.ts';
import type { WalRecord } from '../../../../src/db/postgres/model/wal.ts';

const insert = (xid: number, element: number | null): WalRecord => ({
  kind: 'insert',
  xid,
  txid: `add ${xid}`,
  element,
});
const commit = (xid: number): WalRecord => ({ kind: 'commit', xid });

function start(records: readonly WalRecord[]) {
  const [syncs, timers]: [(() => void)[], (() => void)[]] = [[], []];
  const process = {
    disk: () => ({ records, sync: (done: () => void) => void syncs.push(done) }),
    after: (_ms: number, later: () => void) => void timers.push(later),
  } as unknown as SimProcess;
  const box: { recovered: Recovered | undefined } = { recovered: undefined };
  recover(process, (recovered) => {
    box.recovered = recovered;
  });
  return { box, syncs, timers };
}

function recovered(records: readonly WalRecord[]): Recovered {
  const { box, syncs, timers } = start(records);
  syncs[0]?.();
  timers[0]?.();
  return box.recovered as Recovered;
}

test('what has its commit in the log is there, in whatever order, and nothing else', () => {
  const { table, nextXid } = recovered([insert(1, 10), insert(2, 20), commit(2), insert(3, 30), commit(1)]);
  expect([...table.elements]).toEqual([20, 10]);
  expect(table.conflict('add 3', 30)).toBeUndefined();
  expect(table.find('add 2')?.element).toBe(20);
  // A number that the log knows is not given again, committed or not.
  expect(nextXid).toBe(4);
});

test('a fence is a row without an element', () => {
  const { table } = recovered([insert(1, null), commit(1)]);
  expect([...table.elements]).toEqual([]);
  expect(table.find('add 1')).toMatchObject({ element: null });
});

test('a row has what the last committed update has left; a sequence goes on behind what was logged, committed or not', () => {
  const update = (xid: number, value: number): WalRecord => ({ kind: 'update', xid, row: 'counter', value });
  const sequence = (xid: number, logged: number): WalRecord => ({ kind: 'sequence', xid, name: 'ids', logged });
  const { catalog } = recovered([update(1, 5), commit(1), sequence(2, 33), update(3, 6)]);
  expect(catalog.number('counter')).toMatchObject({ value: 5, xid: 1 });
  expect(catalog.sequence('ids').next()).toEqual({ value: 34, logs: 66 });
});

test('rows stand in the order of their numbers, and those alone whose insertion is committed and whose deletion is not', () => {
  const row = (xid: number, id: number): WalRecord => ({ kind: 'row', xid, table: 'queue', id, values: [10 * id] });
  const gone = (xid: number, id: number): WalRecord => ({ kind: 'delete', xid, table: 'queue', id });
  const inserted = [row(1, 1), row(2, 2), row(3, 3), row(4, 4), ...[4, 3, 1].map(commit)];
  const rows = [...inserted, gone(5, 1), gone(6, 4), commit(5)];
  const queue = recovered(rows).catalog.table('queue');
  expect(queue.seen().map(({ values }) => values[0])).toEqual([30, 40]);
  expect(queue.oldestUnlocked()).toMatchObject({ id: 3 });
});

test('nothing is shown before the log that it was read from is synced', () => {
  const { box, syncs, timers } = start([insert(1, 10), commit(1)]);
  expect([syncs.length, timers.length, box.recovered]).toEqual([1, 0, undefined]);
  syncs[0]?.();
  expect([timers.length, box.recovered]).toEqual([1, undefined]);
  timers[0]?.();
  expect(box.recovered).toBeDefined();
});

test('an empty log is an empty table', () => {
  const { table, nextXid } = recovered([]);
  expect([[...table.elements], nextXid]).toEqual([[], 1]);
});
