/**
 * What each operation of each workload is in Redis: one command, and what its answer means. Real and simulated clients do the same,
 * by this table. All writes go to the primary, and so do reads, but for `read-node`.
 */
import type { Outcome } from '../../contract/index.ts';
import { type Argv, SCRIPTS } from './scripts.ts';

/** What a seat's clients remember from one to the next. */
export interface Memory {
  /** The ID of the last message received: what comes after it is new. */
  position: string;
  /** The lock that was asked for last, and the one that was got last. */
  asked?: Lock;
  lock?: Lock;
}

interface Lock {
  /** What it holds while it is its owner's. */
  readonly owner: string;
  /** Until when it surely is not given to anybody else by the clock alone; of the clock of `nowMs`. */
  readonly leaseEndsMs: number;
}

/** What operations have at hand. */
export interface Access {
  readonly memory: Memory;
  /** How long a lock stays with who does not release it. */
  readonly leaseMs: number;
  nowMs(): number;
  /** A word that nobody else is given. */
  unique(): string;
}

export interface Operation {
  /** Whether it changes anything: then an answer that never came leaves it open whether it did. */
  readonly writes: boolean;
  /** The node whose server is asked. Default: the primary's. */
  node?(value: never): string;
  argv(value: never, access: Access): Argv;
  answer(reply: never, value: never, access: Access): Outcome;
  /** A failure of it, looked at again. */
  failed?(error: string, access: Access): Outcome;
}

/** The set that the workloads `set` and `set-full` write. */
export const KEY = 'plan-run:set';
const COUNTER = 'plan-run:counter';
const QUEUE = 'plan-run:queue';
const LOCK = 'plan-run:lock';
const FENCE = 'plan-run:fence';
const IDS = 'plan-run:ids';
const MONOTONIC = 'plan-run:monotonic';
const MESSAGES = 'plan-run:messages';
const registerKey = (key: number) => `plan-run:register:${key}`;

/** More than any queue or stream has. */
const ALL = '1000000000';
const OK: Outcome = { type: 'ok' };
const ok = (value: unknown): Outcome => ({ type: 'ok', value });

const set = {
  /** https://redis.io/docs/latest/commands/sadd/: an element that is there already is ignored, so that it may be added again. */
  add: { writes: true, argv: (element: number) => ['SADD', KEY, `${element}`], answer: () => OK },
  read: { writes: false, argv: () => ['SMEMBERS', KEY], answer: (members: string[]) => ok(sorted(members)) },
  'read-node': {
    writes: false,
    node: ([node]: [string, null]) => node,
    argv: () => ['SMEMBERS', KEY],
    answer: (members: string[], [node]: [string, null]) => ok([node, sorted(members)]),
  },
} satisfies Record<string, Operation>;

const register = {
  read: {
    writes: false,
    argv: ([key]: [number, null]) => ['GET', registerKey(key)],
    answer: (held: string | null, [key]: [number, null]) => ok([key, integerOrNull(held)]),
  },
  'read-node': {
    writes: false,
    node: ([, [node]]: [number, [string, null]]) => node,
    argv: ([key]: [number, unknown]) => ['GET', registerKey(key)],
    answer: (held: string | null, [key, [node]]: [number, [string, null]]) => ok([key, [node, integerOrNull(held)]]),
  },
  write: {
    writes: true,
    argv: ([key, value]: [number, number]) => ['SET', registerKey(key), `${value}`],
    answer: () => OK,
  },
  cas: {
    writes: true,
    argv: ([key, [from, to]]: [number, [number, number]]) => SCRIPTS.cas.argv([registerKey(key)], [`${from}`, `${to}`]),
    answer: ([done, held]: [number, string | null], [, [from]]: [number, [number, number]]) =>
      done === 1 ? OK : { type: 'fail', error: `it is ${held}, not ${from}` },
  },
} satisfies Record<string, Operation>;

/** https://redis.io/docs/latest/commands/incrby/: a key that is not there is 0. */
const counter = {
  add: { writes: true, argv: (amount: number) => ['INCRBY', COUNTER, `${amount}`], answer: () => OK },
  read: { writes: false, argv: () => ['GET', COUNTER], answer: (sum: string | null) => ok(integerOf(sum ?? '0')) },
} satisfies Record<string, Operation>;

/** A list as queue (https://redis.io/docs/latest/develop/data-types/lists/): in at the right, out at the left. */
const queue = {
  enqueue: { writes: true, argv: (element: number) => ['RPUSH', QUEUE, `${element}`], answer: () => OK },
  dequeue: {
    writes: true,
    argv: () => ['LPOP', QUEUE],
    answer: (element: string | null) =>
      element === null ? { type: 'fail', error: 'the queue is empty' } : ok(integerOf(element)),
  },
  drain: {
    writes: true,
    argv: () => ['LPOP', QUEUE, ALL],
    answer: (elements: string[] | null) => ok((elements ?? []).map(integerOf)),
  },
} satisfies Record<string, Operation>;

/**
 * SET NX PX with a value of the client's own, released by who has that value ("Distributed Locks with Redis",
 * https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/, "Correct Implementation with a Single Instance"); and a
 * fencing token by INCR, in the same script.
 */
const lock = {
  acquire: {
    writes: true,
    argv: (_: null, { memory, leaseMs, nowMs, unique }: Access) => {
      memory.asked = { owner: unique(), leaseEndsMs: nowMs() + leaseMs };
      return SCRIPTS.acquire.argv([LOCK, FENCE], [memory.asked.owner, `${leaseMs}`]);
    },
    answer: (token: number | null, _: null, { memory }: Access) => {
      if (token === null) return { type: 'fail', error: 'somebody else holds it' };
      memory.lock = memory.asked!;
      return ok(token);
    },
  },
  release: {
    writes: true,
    argv: (_: number, { memory }: Access) => SCRIPTS.release.argv([LOCK], [memory.lock?.owner ?? '']),
    answer: (released: number) => (released === 1 ? OK : { type: 'fail', error: 'it is not this client’s any more' }),
    // The clock has released it by then, or does so any moment: that it was not released is more than anybody knows.
    failed: (error: string, { memory, nowMs }: Access) =>
      memory.lock === undefined || nowMs() < memory.lock.leaseEndsMs
        ? { type: 'fail', error }
        : { type: 'info', error: `${error}; its lease is over` },
  },
} satisfies Record<string, Operation>;

/** https://redis.io/docs/latest/commands/incr/: the value after the increment. */
const increment = (key: string) =>
  ({ writes: true, argv: () => ['INCR', key], answer: (value: number) => ok(value) }) satisfies Operation;

const monotonic = {
  increment: increment(MONOTONIC),
  read: {
    writes: false,
    argv: () => ['GET', MONOTONIC],
    answer: (value: string | null) => ok(integerOf(value ?? '0')),
  },
} satisfies Record<string, Operation>;

/**
 * A stream (https://redis.io/docs/latest/develop/data-types/streams/). Who receives asks for what comes after the last message that it
 * has, by its ID, as XREAD's page describes it; entries have IDs that grow, at one server.
 */
const received = {
  writes: false,
  argv: (_: null, { memory }: Access) => ['XRANGE', MESSAGES, `(${memory.position}`, '+'],
  answer: (entries: [id: string, fields: string[]][], _: null, { memory }: Access) => {
    memory.position = entries.at(-1)?.[0] ?? memory.position;
    return ok(entries.map(([, [sender, n]]) => [integerOf(sender!), integerOf(n!)]));
  },
} satisfies Operation;

const messages = {
  send: {
    writes: true,
    argv: ([sender, n]: [number, number]) => ['XADD', MESSAGES, '*', `${sender}`, `${n}`],
    answer: () => OK,
  },
  receive: received,
  drain: received,
} satisfies Record<string, Operation>;

/** By workload, then by `f`. */
export const WORKLOADS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  ...{ set, 'set-full': set, register, counter, queue, lock },
  ...{ 'unique-ids': { generate: increment(IDS) }, monotonic, messages },
};

function sorted(members: readonly string[]): number[] {
  return Array.from(Float64Array.from(members, Number).sort());
}

/** @throws where it is none: somebody else has written there. */
function integerOf(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`"${text}" is no integer`);
  return value;
}

const integerOrNull = (text: string | null) => (text === null ? null : integerOf(text));
