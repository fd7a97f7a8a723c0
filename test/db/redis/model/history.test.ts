import { expect, test } from 'vitest';
import { Backlog } from '../../../../src/db/redis/model/backlog.ts';
import { ReplicationHistory } from '../../../../src/db/redis/model/history.ts';
import { sizeOf } from '../../../../src/db/redis/model/protocol.ts';
import { KEY } from '../../../../src/db/redis/workloads.ts';

const add = (element: number) => ({ command: 'DATA', effects: [['SADD', KEY, `${element}`]] }) as const;

/** A primary that has written elements 0 ... count - 1. */
function written(count: number, replid = 'a'): ReplicationHistory {
  const history = new ReplicationHistory(replid);
  for (let element = 0; element < count; element++) history.extend(add(element));
  return history;
}

test('offsets are bytes of the protocol', () => {
  expect(sizeOf(add(7))).toBe('*3\r\n$4\r\nSADD\r\n$12\r\nplan-run:set\r\n$1\r\n7\r\n'.length);
  expect(sizeOf(add(12345))).toBe('*3\r\n$4\r\nSADD\r\n$12\r\nplan-run:set\r\n$5\r\n12345\r\n'.length);
  const released =
    '*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n*2\r\n$4\r\nINCR\r\n$12\r\nabcdefghijkl\r\n*1\r\n$4\r\nEXEC\r\n';
  expect(
    sizeOf({
      command: 'DATA',
      effects: [
        ['DEL', 'a'],
        ['INCR', 'abcdefghijkl'],
      ],
    }),
  ).toBe(released.length);
  expect(sizeOf({ command: 'PING' })).toBe('*1\r\n$4\r\nPING\r\n'.length);
  expect(sizeOf({ command: 'GETACK' })).toBe('*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n'.length);
  expect(written(2).offset).toBe(2 * sizeOf(add(0)));
});

test('a replica of the same history goes on where it is', () => {
  const primary = written(3);
  expect(primary.refusal('a', 1)).toBeUndefined();
  expect(primary.refusal('a', primary.offset + 1)).toBeUndefined();
  expect(primary.refusal('a', primary.offset + 2)).toMatch(/lack of backlog/);
  expect(primary.backlog.after(sizeOf(add(0))).map(({ command }) => command)).toEqual([add(1), add(2)]);
});

test('a replica of another history, or of none, needs all', () => {
  const primary = written(3);
  expect(primary.refusal('?', -1)).toMatch(/^Full resync requested/);
  expect(primary.refusal('b', 1)).toMatch(/Replication ID mismatch/);
});

test('after a promotion the old history counts up to where the new one began', () => {
  const promoted = written(3);
  promoted.shift('b');
  const shared = promoted.offset;
  promoted.extend(add(3));
  expect(promoted.refusal('a', shared + 1)).toBeUndefined();
  // The old primary went on writing.
  expect(promoted.refusal('a', shared + sizeOf(add(3)) + 1)).toMatch(/Requested offset for second ID was/);
  expect(promoted.refusal('b', promoted.offset + 1)).toBeUndefined();
});

test('what has left the backlog cannot be sent', () => {
  const backlog = new Backlog(100);
  const history = new ReplicationHistory('a');
  for (let element = 0; element < 5; element++) backlog.add(history.extend(add(element)));
  expect(history.offset).toBe(200);
  expect(backlog.start).toBe(120);
  expect(backlog.after(120).map(({ end }) => end)).toEqual([160, 200]);

  const long = written(30_000);
  expect(long.refusal('a', 1)).toMatch(/lack of backlog/);
  expect(long.refusal('a', long.backlog.start + 1)).toBeUndefined();
  expect(long.offset - long.backlog.start).toBeLessThanOrEqual(1_048_576);
});

test('a replica applies no stream with a gap in it', () => {
  const primary = new ReplicationHistory('a');
  const [first, second] = [primary.extend(add(0)), primary.extend(add(1))];
  const replica = new ReplicationHistory('a');
  expect(() => replica.follow(second)).toThrow(/without gaps/);
  replica.follow(first);
  replica.follow(second);
  expect(replica.offset).toBe(primary.offset);
});
