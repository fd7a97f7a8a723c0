/** Every report of a set in the two articles, to the character, from histories with the articles' numbers. */

import { expect, test } from 'vitest';
import { set } from '../../../src/checker/set/index.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { type History, historyOf, type Op } from '../../../src/history/index.ts';

interface Numbers {
  readonly total: number;
  readonly acknowledged: number;
  /** The lost elements the article names; those between `head` and `tail` are filled up to `lost`. */
  readonly lost?: { count: number; head: number[]; tail: number[] };
  readonly recovered?: number[];
}

const LOST = 'acknowledged writes lost! (╯°□°)╯︵ ┻━┻';
const FOUND = 'unacknowledged writes found! ヽ(´ー`)ノ';

const BLOCKS: Record<string, { numbers: Numbers; block: string }> = {
  postgres: {
    numbers: { total: 1000, acknowledged: 950, recovered: [215, 218] },
    block: `1000 total
950 acknowledged
952 survivors
2 ${FOUND}
(215 218)
0.95 ack rate
0.0 loss rate
0.002105263 unacknowledged but successful rate`,
  },
  'redis sentinel': {
    numbers: {
      total: 2000,
      acknowledged: 1998,
      lost: { count: 1126, head: [50, 51, 52, 53, 54, 55], tail: [1671, 1675, 1676, 1680, 1681, 1685] },
    },
    block: `2000 total
1998 acknowledged
872 survivors
1126 ${LOST}
50 51 52 53 54 55 ... 1671 1675 1676 1680 1681 1685
0.999 ack rate
0.5635636 loss rate
0.0 unacknowledged but successful rate`,
  },
  'mongo unacknowledged': {
    numbers: {
      total: 6000,
      acknowledged: 5700,
      lost: { count: 2381, head: [469, 474, 479, 484, 489, 494], tail: [3166, 3168, 3171, 3173, 3178, 3183] },
    },
    block: `6000 total
5700 acknowledged
3319 survivors
2381 ${LOST}
469 474 479 484 489 494 ... 3166 3168 3171 3173 3178 3183
0.95 ack rate
0.4177193 loss rate
0.0 unacknowledged but successful rate`,
  },
  'mongo safe': {
    numbers: {
      total: 6000,
      acknowledged: 5900,
      lost: { count: 2208, head: [458, 463, 468, 473, 478, 483], tail: [3075, 3080, 3085, 3090, 3095, 3100] },
    },
    block: `6000 total
5900 acknowledged
3692 survivors
2208 ${LOST}
458 463 468 473 478 483 ... 3075 3080 3085 3090 3095 3100
0.98333335 ack rate
0.3742373 loss rate
0.0 unacknowledged but successful rate`,
  },
  'mongo replicas safe': {
    numbers: {
      total: 6000,
      acknowledged: 5695,
      lost: { count: 1927, head: [712, 717, 722, 727, 732, 737], tail: [2794, 2799, 2804, 2809, 2814, 2819] },
    },
    block: `6000 total
5695 acknowledged
3768 survivors
1927 ${LOST}
712 717 722 727 732 737 ... 2794 2799 2804 2809 2814 2819
0.94916666 ack rate
0.338367 loss rate
0.0 unacknowledged but successful rate`,
  },
  // The article prints 1.754386E-4 as loss rate, which is 1/5700; of its two lost writes it is 2/5700.
  'mongo majority': {
    numbers: {
      total: 6000,
      acknowledged: 5700,
      lost: { count: 2, head: [596, 598], tail: [] },
      recovered: [562, 653, 3818],
    },
    block: `6000 total
5700 acknowledged
5701 survivors
2 ${LOST}
(596 598)
3 ${FOUND}
(562 653 3818)
0.95 ack rate
3.508772E-4 loss rate
5.2631577E-4 unacknowledged but successful rate`,
  },
  // The article leaves out the last line.
  'riak last write wins, healthy': {
    numbers: {
      total: 2000,
      acknowledged: 2000,
      lost: { count: 1434, head: [1, 2, 3, 4, 6, 8], tail: [1990, 1991, 1992, 1995, 1996, 1997] },
    },
    block: `2000 total
2000 acknowledged
566 survivors
1434 ${LOST}
1 2 3 4 6 8 ... 1990 1991 1992 1995 1996 1997
1.0 ack rate
0.717 loss rate
0.0 unacknowledged but successful rate`,
  },
  'riak with a mutex': {
    numbers: {
      total: 2000,
      acknowledged: 1985,
      lost: { count: 1815, head: [85, 90, 95, 100, 105, 106], tail: [1994, 1995, 1996, 1997, 1998, 1999] },
      recovered: [203, 204, 218, 234, 262, 277],
    },
    block: `2000 total
1985 acknowledged
176 survivors
1815 ${LOST}
85 90 95 100 105 106 ... 1994 1995 1996 1997 1998 1999
6 ${FOUND}
(203 204 218 234 262 277)
0.9925 ack rate
0.91435766 loss rate
0.00302267 unacknowledged but successful rate`,
  },
  'riak strict quorum': {
    numbers: {
      total: 2000,
      acknowledged: 1971,
      lost: { count: 1807, head: [86, 91, 95, 96, 100, 101], tail: [1994, 1995, 1996, 1997, 1998, 1999] },
      recovered: [193, 208, 219, 237, 249, 252],
    },
    block: `2000 total
1971 acknowledged
170 survivors
1807 ${LOST}
86 91 95 96 100 101 ... 1994 1995 1996 1997 1998 1999
6 ${FOUND}
(193 208 219 237 249 252)
0.9855 ack rate
0.9167935 loss rate
0.00304414 unacknowledged but successful rate`,
  },
  'riak crdt': {
    numbers: { total: 2000, acknowledged: 1948, recovered: Array.from({ length: 52 }, (_, i) => 1000 + i) },
    block: `2000 total
1948 acknowledged
2000 survivors
All 2000 writes succeeded. :-D`,
  },
};

test.each(Object.entries(BLOCKS))('the report on %s', async (_, { numbers, block }) => {
  const result = await set.check(historyWith(numbers), { lost: 0 }, BARE_CONTEXT);
  expect(set.text(result).join('\n')).toBe(block);
  expect(result.valid).toBe((numbers.lost?.count ?? 0) === 0);
});

/** Adds 0, 1, ... below `total`, those that were neither acknowledged nor failed ended info; then a final read. */
function historyWith({ total, acknowledged, lost, recovered = [] }: Numbers): History {
  const lostElements = new Set(lost === undefined ? [] : [...lost.head, ...lost.tail]);
  const between = lost === undefined ? 0 : (lost.head.at(-1) ?? 0) + 1;
  for (let element = between; lostElements.size < (lost?.count ?? 0); element++)
    if (!recovered.includes(element)) lostElements.add(element);
  const indeterminate = new Set(recovered);
  for (let element = total - 1; indeterminate.size < total - acknowledged; element--)
    if (!lostElements.has(element)) indeterminate.add(element);

  const ops: Op[] = [];
  const record = (type: Op['type'], process: number, f: string, value: unknown) =>
    ops.push({ index: ops.length, time: ops.length, type, process, f, value });
  for (let element = 0; element < total; element++) {
    record('invoke', element, 'add', element);
    record(indeterminate.has(element) ? 'info' : 'ok', element, 'add', element);
  }
  const survivors = Array.from({ length: total }, (_, element) => element).filter(
    (element) => !lostElements.has(element) && (!indeterminate.has(element) || recovered.includes(element)),
  );
  record('invoke', total, 'read', null);
  record('ok', total, 'read', survivors);
  return historyOf(ops);
}
