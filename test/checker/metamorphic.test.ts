/**
 * What means the same is judged the same: values and processes by other names, another time, a key of many, more operations that are in
 * order, one less that nobody saw. On the histories of the planted bugs and of their correct twins.
 */
import { expect, test } from 'vitest';
import { checkers } from '../../src/checker/index.ts';
import { BARE_CONTEXT } from '../../src/contract/index.ts';
import { byKey, type History, historyOf, type Op } from '../../src/history/index.ts';
import * as databases from '../planted/databases.ts';
import * as measured from '../planted/measured.ts';
import { type Simulated, simulate } from '../planted/simulate.ts';

const SEEDS = 15;

type Rename = (value: unknown, f: string) => unknown;
/** Operations that are in order, after what has happened: f, what is asked for, what is answered. */
type Suffix = (ops: readonly Op[]) => readonly (readonly [f: string, asked: unknown, got: unknown])[];

interface Case {
  readonly checker: string;
  readonly settings: object;
  readonly database: (bug: boolean) => Simulated;
  readonly rename: Rename;
  readonly suffix: Suffix;
  /** What it does not know may be a write: the verdict is unknown. */
  readonly wary?: true;
}

const deep =
  (leaf: (value: unknown) => unknown): Rename =>
  (value) => {
    const walk = (one: unknown): unknown => (one === null ? null : Array.isArray(one) ? one.map(walk) : leaf(one));
    return walk(value);
  };
const asText = deep((value) => `v${value}`);
const doubled = deep((value) => (value as number) * 2);
const farAway = deep((value) => (value as number) * 3 + 10_000);
const lastRead = (ops: readonly Op[]) => ops.findLast(({ f, type }) => f === 'read' && type === 'ok')?.value;
const greatest = (ops: readonly Op[]) =>
  Math.max(...ops.flatMap(({ type, value }) => (type === 'ok' && typeof value === 'number' ? [value] : [0])));

const CASES: readonly Case[] = [
  {
    checker: 'set',
    settings: { lost: 0 },
    database: databases.forgetfulSet,
    rename: farAway,
    suffix: (ops) => [['read', null, lastRead(ops)]],
  },
  ...[true, false].map((linearizable) => ({
    checker: 'set-full',
    settings: { linearizable },
    database: linearizable ? databases.laggingSet : databases.losingSet,
    rename: asText,
    suffix: (ops: readonly Op[]) => [['read', null, lastRead(ops)] as const],
  })),
  {
    checker: 'counter',
    settings: {},
    database: databases.countingCounter,
    rename: doubled,
    suffix: (ops) => [
      ['add', 7, 7],
      ['read', null, (lastRead(ops) as number) + 7],
    ],
  },
  {
    checker: 'queue',
    settings: {},
    database: databases.inventingQueue,
    rename: asText,
    suffix: () => [
      ['enqueue', 'new', 'new'],
      ['dequeue', null, 'new'],
    ],
  },
  {
    checker: 'total-queue',
    settings: { redelivers: false },
    database: databases.losingQueue,
    rename: farAway,
    suffix: () => [
      ['enqueue', -1, -1],
      ['drain', null, [-1]],
    ],
  },
  {
    checker: 'unique-ids',
    settings: {},
    database: databases.idDispenser,
    rename: asText,
    suffix: () => [['generate', null, 'new']],
  },
  {
    checker: 'fencing',
    settings: {},
    database: databases.forgetfulFence,
    rename: doubled,
    suffix: (ops) => [
      ['acquire', null, greatest(ops) + 1],
      ['release', greatest(ops) + 1, greatest(ops) + 1],
    ],
  },
  {
    checker: 'freshness',
    settings: { apart: '1s', initial: null },
    database: measured.lateReplica,
    wary: true,
    rename: asText,
    suffix: () => [
      ['write', [9, 'new'], [9, 'new']],
      ['read-node', [9, ['n3', null]], [9, ['n3', 'new']]],
    ],
  },
  {
    checker: 'converged',
    settings: {},
    database: measured.deafReplica,
    wary: true,
    rename: asText,
    suffix: (ops) =>
      ops
        .filter(({ f, type }) => f === 'read-node' && type === 'ok')
        .map(({ value }) => ['read-node', [(value as [string, unknown])[0], null], value]),
  },
  {
    checker: 'bank',
    settings: { allow_negative: false },
    database: databases.bankWithoutSnapshots,
    rename: (value, f) =>
      f === 'read' && value !== null
        ? Object.fromEntries(Object.entries(value as object).map(([account, balance]) => [`a${account}`, balance * 2]))
        : value,
    suffix: (ops) => [['read', null, ops.find(({ f, type }) => f === 'read' && type === 'ok')?.value]],
  },
  {
    checker: 'long-fork',
    settings: { group_size: 2 },
    database: databases.farSites,
    rename: (value) =>
      (value as [string, number, unknown][]).map(([f, key, seen]) => [f, `key ${key}`, seen === 1 ? 'x' : seen]),
    suffix: () => [
      [
        'read',
        [
          ['r', 'y', null],
          ['r', 'z', null],
        ],
        [
          ['r', 'y', null],
          ['r', 'z', null],
        ],
      ],
    ],
  },
  ...['causal', 'comments'].map((checker) => ({
    checker,
    settings: {},
    database: databases.lateShard,
    rename: asText,
    suffix: () => [['read', null, []] as const],
  })),
  ...[true, false].map((real_time) => ({
    checker: 'monotonic',
    settings: { real_time },
    database: databases.laggingRegister,
    rename: doubled,
    suffix: (ops: readonly Op[]) => [['increment', null, greatest(ops) + 1] as const],
  })),
  ...(
    [
      ['at-least-once', databases.losingMailbox],
      ['exactly-once', databases.repeatingMailbox],
      ['at-most-once', databases.shufflingMailbox],
    ] as const
  ).map(([guarantee, database]) => ({
    checker: 'delivery',
    settings: { guarantee, order: 'sender', redelivers: false },
    database,
    rename: ((value, f) => {
      const named = ([sender, n]: [number, number]) => [`sender ${sender}`, n];
      if (value === null) return null;
      return f === 'send' ? named(value as [number, number]) : (value as [number, number][]).map(named);
    }) satisfies Rename,
    suffix: () => [['send', ['new', 0], ['new', 0]] as const, ['drain', null, [['new', 0]]] as const],
  })),
];

/** What is to be judged as `ops` is. */
const TRANSFORMS: Readonly<Record<string, (ops: readonly Op[], one: Case) => readonly Op[]>> = {
  'values by other names': (ops, { rename }) => ops.map((op) => ({ ...op, value: rename(op.value, op.f) })),
  'processes by other names': (ops) => ops.map((op) => ({ ...op, process: 7 * (op.process as number) + 3 })),
  'another time': (ops) => ops.map((op) => ({ ...op, time: 3 * op.time + 1_000_000_007 })),
  'no time at all': (ops) => ops.map((op) => ({ ...op, time: 0 })),
  'other indices, in the same order': (ops) => ops.map((op) => ({ ...op, index: 2 * op.index + 5 })),
  'faults in between': (ops) =>
    reindexed(
      ops.flatMap((op, i) =>
        i % 10 === 5 ? [{ ...op, process: 'nemesis' as const, type: 'info' as const }, op] : [op],
      ),
    ),
  'other operations in between': (ops) =>
    reindexed(
      ops.flatMap((op, i) => {
        const look = { ...op, process: 5_000_000, f: 'look', value: null };
        return i % 10 === 5 ? [{ ...look, type: 'invoke' as const }, { ...look, type: 'ok' as const }, op] : [op];
      }),
    ),
  'a key of many': (ops) => {
    const other = ops.map((op) => ({ ...op, process: (op.process as number) + 3_000_000, value: ['b', op.value] }));
    const mine = ops.map((op) => ({ ...op, value: ['a', op.value] }));
    const both = historyOf(reindexed(mine.flatMap((op, i) => [op, other[i] as Op])));
    return byKey(both).get('a') as Op[];
  },
  'more that is in order': (ops, { suffix }) => [
    ...ops,
    ...suffix(ops).flatMap(([f, asked, got], i): Op[] => {
      const at = {
        index: (ops.at(-1) as Op).index + 1 + 2 * i,
        time: (ops.at(-1) as Op).time + 1 + i,
        process: 9_000_000,
        f,
      };
      return [
        { ...at, type: 'invoke', value: asked },
        { ...at, index: at.index + 1, type: 'ok', value: got },
      ];
    }),
  ],
  'one write less that nobody saw': (ops) => {
    const seen = new Set<unknown>();
    const see = (value: unknown): void => {
      if (Array.isArray(value)) for (const one of value) see(one);
      seen.add(JSON.stringify(value));
    };
    for (const { type, value } of ops) if (type === 'ok') see(value);
    const isKeySeen = ({ f, value }: Op) =>
      f === 'write' && Array.isArray(value) && seen.has(JSON.stringify(value.at(1)));
    const isWrite = ({ f }: Op) =>
      ['enqueue', 'write', 'send', 'generate'].includes(f) || (f === 'add' && !isCounter(ops));
    const gone = ops.find(
      (op) => op.type === 'info' && isWrite(op) && !seen.has(JSON.stringify(op.value)) && !isKeySeen(op),
    );
    return gone === undefined
      ? ops
      : ops.filter((op) => op.process !== gone.process || op.f !== gone.f || op.value !== gone.value);
  },
};

const isCounter = (ops: readonly Op[]) => typeof lastRead(ops) === 'number';
const reindexed = (ops: readonly Op[]) => ops.map((op, index) => ({ ...op, index }));

test.each(CASES.map((one) => [one.checker, JSON.stringify(one.settings), one] as const))(
  '%s %s',
  async (name, _, one) => {
    const checker = checkers.find((module) => module.name === name);
    const verdict = async (history: History) => (await checker?.check(history, one.settings, BARE_CONTEXT))?.valid;
    const verdicts = new Set<unknown>();
    for (const bug of [true, false]) {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const ops = [...simulate(seed, one.database(bug)).ops()];
        const valid = await verdict(historyOf(ops));
        verdicts.add(valid);
        for (const [how, transform] of Object.entries(TRANSFORMS)) {
          if (one.wary && how === 'other operations in between') continue;
          expect(await verdict(historyOf(transform(ops, one))), `${how}, seed ${seed}, bug: ${bug}`).toBe(valid);
        }
      }
    }
    expect(verdicts).toEqual(new Set([true, false]));
  },
);
