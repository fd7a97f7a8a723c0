import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freshness } from '../../../src/checker/freshness/index.ts';
import { BARE_CONTEXT, type Broken } from '../../../src/contract/index.ts';
import { type History, historyOf, type Op } from '../../../src/history/index.ts';
import { brokenLines } from '../../../src/report/broken.ts';
import { history } from '../notation.ts';
import { timed } from '../timed.ts';

const judge = (given: History, settings: { apart?: string; initial?: null | number } = {}) =>
  freshness.check(given, { apart: '1s', initial: null, ...settings }, BARE_CONTEXT);
const check = (text: string, settings = {}) => judge(history(text), settings);

test.each([
  ['the latest', '0 write 1, 0 ok, 0 write 2, 0 ok, 1 read, 1 ok 2', 0],
  ['an older one', '0 write 1, 0 ok, 0 write 2, 0 ok, 1 read, 1 ok 1', 1],
  ['the initial one, after a write', '0 write 1, 0 ok, 1 read, 1 ok null', 1],
  ['the initial one, before a write has ended', '0 write 1, 1 read, 1 ok null, 0 ok', 0],
  ['an older one while the newer is written', '0 write 1, 0 ok, 0 write 2, 1 read, 1 ok 1, 0 ok', 0],
  ['either of two writes at once', '0 write 1, 1 write 2, 0 ok, 1 ok, 2 read, 2 ok 1, 2 read, 2 ok 2', 0],
  // 2 was there when it was read; 1 was known to be older
  [
    'an older one, after somebody has seen the newer',
    '0 write 1, 0 ok, 0 write 2, 1 read, 1 ok 2, 1 read, 1 ok 1, 0 ok',
    1,
  ],
  [
    'a write that may have happened, seen or not',
    '0 write 1, 0 ok, 0 write 2, 0 info, 1 read, 1 ok 1, 1 read, 1 ok 2',
    0,
  ],
  ['and not unseen again', '0 write 1, 0 ok, 0 write 2, 0 info, 1 read, 1 ok 2, 1 read, 1 ok 1', 1],
  ['a write that failed takes nobody’s place', '0 write 1, 0 ok, 0 write 2, 0 fail, 1 read, 1 ok 1', 0],
  ['a write that came late', '0 write 1, 0 info, 1 write 2, 1 ok, 2 read, 2 ok 1', 0],
  [
    'an older one, while writes that began before it were open',
    '1 write 11, 2 write 12, 3 write 13, 0 write 1, 0 ok, 0 write 2, 0 ok, 1 ok, 2 ok, 3 ok, 4 read, 4 ok 1',
    1,
  ],
  ['a write that failed and was tried again', '0 write 1, 0 fail, 0 write 1, 0 ok, 1 read, 1 ok 1', 0],
  ['a read that never ended tells nothing', '0 write 1, 0 ok, 0 write 2, 0 ok, 1 read, 1 info', 0],
  ['a cas is a write', '0 write 1, 0 ok, 0 cas [1,2], 0 ok, 1 read, 1 ok 1', 1],
  ['a cas has read', '0 write 1, 0 ok, 0 write 2, 0 ok, 1 cas [1,3], 1 ok', 1],
  ['a cas that failed has not', '0 write 1, 0 ok, 0 write 2, 0 ok, 1 cas [1,3], 1 fail, 1 read, 1 ok 2', 0],
  ['an increment’s value is in its completion', '0 increment, 0 ok 1, 0 increment, 0 ok 2, 1 read, 1 ok 1', 1],
  [
    'an increment that nobody knows may be any value read',
    '0 increment, 0 ok 1, 0 increment, 0 info, 1 read, 1 ok 2, 1 read, 1 ok 1',
    1,
  ],
  ['by key', '0 write ["a",1], 0 ok, 0 write ["b",2], 0 ok, 1 read ["a",null], 1 ok ["a",1]', 0],
  ['by key, stale', '0 write ["a",1], 0 ok, 0 write ["a",2], 0 ok, 1 read ["a",null], 1 ok ["a",1]', 1],
  ['by node', '0 write 1, 0 ok, 0 write 2, 0 ok, 1 read-node ["n2",null], 1 ok ["n2",1]', 1],
  [
    'by key and node',
    '0 write ["a",1], 0 ok, 0 write ["a",2], 0 ok, 1 read-node ["a",["n2",null]], 1 ok ["a",["n2",1]]',
    1,
  ],
])('a read of %s', async (_, text, stale) => {
  const result = await check(text);
  expect(result.stale).toBe(stale);
  if (stale > 0) expect(result.valid).toBe(false);
});

test.each([
  ['', 'no read ended ok'],
  ['0 write 1, 0 ok', 'no read ended ok'],
  ['0 write 1, 0 ok, 0 write 1, 0 ok, 1 read, 1 ok 1', 'a value was written more than once to 1 of 1 registers'],
  ['0 write 1, 0 ok, 1 read, 1 ok 7', '1 reads returned a value that nobody had written'],
  ['1 read, 1 ok 1, 0 write 1, 0 ok, 1 read, 1 ok 1', '1 reads returned a value that nobody had written'],
  [
    '1 read, 1 ok 1, 0 write 2, 0 ok, 0 write 1, 0 ok, 1 read, 1 ok 1',
    '1 reads returned a value that nobody had written',
  ],
  ['1 read, 1 ok 1, 0 increment, 0 info, 1 read, 1 ok null', '1 reads returned a value that nobody had written'],
  ['1 read, 1 ok 1, 0 increment, 0 info', '1 reads returned a value that nobody had written'],
  ['0 write 1, 0 fail, 1 read, 1 ok 1', '1 reads returned a value that nobody had written'],
  ['0 enqueue 1, 0 ok, 1 read, 1 ok null', 'operation 0 is a enqueue'],
  ['0 cas 1, 0 ok, 1 read, 1 ok null', 'the value of cas 0 is not [old, new]'],
  ['0 read-node ["n1",null], 0 ok 4', 'the value of read-node 1 is not [node, value]'],
])('%s: unknown', async (text, why) => {
  const result = await check(text);
  expect(result.valid).toBe('unknown');
  expect(result.why).toContain(why);
});

test('the initial value may be another', async () => {
  expect(await check('0 read, 0 ok 0, 0 write 1, 0 ok, 0 read, 0 ok 1', { initial: 0 })).toMatchObject({ valid: true });
  expect(await check('0 write 1, 0 ok, 0 read, 0 ok 0', { initial: 0 })).toMatchObject({ valid: false, stale: 1 });
});

test('what is told of a stale read', async () => {
  const result = await judge(
    timed(`
      1s 0 write ["a",1]
      1.1s 0 ok
      2s 0 write ["a",2]
      2.1s 0 ok
      5s 1 read-node ["a",["n2",null]]
      5.2s 1 ok ["a",["n2",1]]
      6s 1 read ["a",null]
      6.1s 1 ok ["a",2]`),
  );
  expect(result).toMatchObject({
    valid: false,
    why: '1 of 2 reads returned a value that was known to be overwritten',
    max_staleness_ms: 2900,
    stale_by_node: { n2: 1 },
    stale_reads: [{ index: 5, key: 'a', value: 1, newer: 2, newer_index: 3, node: 'n2', staleness_ms: 2900 }],
    broken: [{ what: 'reads were stale', index: 5, from: 5.2e9, until: 6.1e9 }],
  });
  expect(freshness.text(result)).toEqual([
    '1 of 2 reads stale, by at most 2.9s (n2 1)',
    'read 5 of a by n2 returned 1, overwritten 2.9s before it began (by 2, operation 3)',
  ]);
});

/** Ten minutes at 100 operations a second, one key of two nodes; n2 hears nothing from `from` to `until`, seconds. */
function tenMinutes(from: number, until: number): History {
  const ops: Op[] = [];
  const add = (op: Omit<Op, 'index'>) => ops.push({ index: ops.length, ...op });
  const nodes = [0, 0];
  for (let n = 0; n < 60_000; n++) {
    const time = n * 1e7;
    const process = n % 10;
    const isCut = time >= from * 1e9 && time < until * 1e9;
    const node = n % 2;
    const isWrite = n % 3 === 0;
    const asked = isWrite ? n + 1 : [`n${node + 1}`, null];
    if (!isCut) nodes[1] = nodes[0] as number;
    if (isWrite) nodes[0] = n + 1;
    const told = isWrite ? n + 1 : [`n${node + 1}`, node === 1 && !isCut ? nodes[0] : nodes[node]];
    const f = isWrite ? 'write' : 'read-node';
    add({ time, type: 'invoke', process, f, value: asked });
    add({ time: time + 2e6, type: 'ok', process, f, value: told });
  }
  return historyOf(ops);
}

test('a three-second stale window in a ten-minute run is found and dated', async () => {
  const result = await judge(tenMinutes(301, 304));
  expect(result).toMatchObject({ valid: false, reads: 40_000, stale_by_node: { n2: result.stale } });
  const [only, ...others] = result.broken as Broken[];
  expect(others).toEqual([]);
  // to one operation's distance: reads of n2 are 20 ms apart at least
  expect(Math.abs((only as Broken).from - 301e9)).toBeLessThan(0.06e9);
  expect(Math.abs(((only as Broken).until as number) - 304e9)).toBeLessThan(0.06e9);
  expect(result.max_staleness_ms).toBeGreaterThan(2900);
  const partition = { fault: 'f1', nemesis: 'partition', from_ns: 300.9e9, until_ns: 304.1e9 };
  expect(brokenLines(result.broken as Broken[], 0, [partition])[0]).toMatch(
    /^first broken at 5m1\.0\d\ds, held again at 5m(3\.9|4\.0)\d\ds; 2\.9\d+s long; during f1 partition$/,
  );
});

test('and a run without one is fresh', async () => {
  const result = await judge(tenMinutes(0, 0));
  expect(result).toMatchObject({ valid: true, stale: 0, unwritten: 0 });
  expect(result).not.toHaveProperty('broken');
});

/** Whether one order of the operations explains all reads, each in its time: by trying. */
function linearizable(ops: readonly Op[]): boolean {
  const calls = ops.flatMap((op) => {
    if (op.type !== 'invoke') return [];
    const end = ops.find((other) => other.index > op.index && other.process === op.process && other.type !== 'invoke');
    if (end?.type === 'fail' || (op.f === 'read' && end?.type !== 'ok')) return [];
    return [
      {
        f: op.f,
        value: op.f === 'read' ? end?.value : op.value,
        begin: op.index,
        end: end?.type === 'ok' ? end.index : Number.POSITIVE_INFINITY,
      },
    ];
  });
  const search = (left: typeof calls, state: unknown): boolean => {
    if (left.every(({ end }) => end === Number.POSITIVE_INFINITY)) return true;
    const bound = Math.min(...left.map(({ end }) => end));
    return left.some((call) => {
      if (call.begin > bound || (call.f === 'read' && call.value !== state)) return false;
      return search(
        left.filter((one) => one !== call),
        call.f === 'read' ? state : call.value,
      );
    });
  };
  return search(calls, null);
}

/** Random histories of three processes; reads return anything that was ever written. */
const histories = fc.array(fc.tuple(fc.nat(2), fc.nat(2), fc.nat(6)), { minLength: 4, maxLength: 16 }).map((draws) => {
  const open = new Map<number, Op>();
  const ops: Op[] = [];
  const dead = new Set<number>();
  let written = 0;
  for (const [process, how, pick] of draws) {
    const index = ops.length;
    const begun = open.get(process);
    if (dead.has(process)) continue;
    if (begun === undefined) {
      const isWrite = how === 0;
      const op: Op = {
        index,
        time: index,
        type: 'invoke',
        process,
        f: isWrite ? 'write' : 'read',
        value: isWrite ? ++written : null,
      };
      open.set(process, op);
      ops.push(op);
    } else {
      const type = pick < 5 ? 'ok' : pick === 5 ? 'info' : 'fail';
      const value =
        begun.f === 'write'
          ? begun.value
          : written === 0
            ? null
            : [null, ...Array(written).keys()].at(-1 - (pick % (written + 1)));
      ops.push({
        ...begun,
        index,
        time: index,
        type,
        value: begun.f === 'read' && typeof value === 'number' ? value + 1 : value,
      });
      open.delete(process);
      if (type === 'info') dead.add(process);
    }
  }
  return ops;
});

test('what it calls stale is never linearizable', async () => {
  let staleOnes = 0;
  await fc.assert(
    fc.asyncProperty(histories, async (ops) => {
      const result = await judge(historyOf(ops));
      if (result.valid !== false) return;
      staleOnes++;
      expect(linearizable(ops)).toBe(false);
    }),
    { numRuns: 3000, seed: 7 },
  );
  expect(staleOnes).toBeGreaterThan(100);
});

/** One stale read of a key that was written twice. */
const late = (key: string, s: number) => `
  ${s}s 0 write [${key},1]
  ${s}.1s 0 ok
  ${s}.2s 0 write [${key},2]
  ${s}.3s 0 ok
  ${s}.4s 1 read [${key},null]
  ${s}.5s 1 ok [${key},1]`;

test('over many keys reads are counted together, and stale ones told in their order', async () => {
  // The first key is stale again at the end.
  const again = '9s 1 read ["b",null]\n 9.1s 1 ok ["b",1]';
  const result = await judge(timed(`${late('"b"', 1)}\n${late('"a"', 3)}\n${again}`));
  expect(result).toMatchObject({ reads: 3, stale: 3, keys: 2 });
  expect((result.stale_reads as { key: string }[]).map(({ key }) => key)).toEqual(['b', 'a', 'b']);
});

test('twenty are told, and all are counted', async () => {
  const result = await judge(timed(Array.from({ length: 30 }, (_, i) => late(`"k${i}"`, i)).join('\n')));
  expect(result.stale).toBe(30);
  expect(result.stale_reads).toHaveLength(20);
});

test('key 7 and key "7" are two keys; a string has quotes only beside a number', async () => {
  const keys = async (text: string) =>
    ((await judge(timed(text))).stale_reads as { key: string }[]).map(({ key }) => key);
  expect(await keys(`${late('"7"', 1)}\n${late('7', 2)}`)).toEqual(['"7"', '7']);
  expect(await keys(late('"7"', 1))).toEqual(['7']);
});
