/**
 * What the operations of each workload on numbers are in MongoDB: reads of one document, or one change of it that only its primary
 * makes, and makes as one step (manual, "Atomicity and Transactions"). The real and the simulated client do the same, by this table.
 */
import type { Outcome } from '../../contract/index.ts';

/** A change of one document `{_id, value}`. On the wire: findAndModify, which answers with the document after it. */
export interface Change {
  /** The value it gets (`$set`). */
  readonly set?: number;
  /** What is added to it (`$inc`); to a document that is not there, to 0. */
  readonly inc?: number;
  /** Only where it has this value: else nothing is changed. Without it a document that is not there is made (`upsert`). */
  readonly expected?: number;
}

export interface Operation {
  /** The document's `_id`. */
  id(value: never): string;
  /** Left out: it only reads. */
  change?(value: never): Change;
  /** The member that is asked, whatever it is. Default: the primary, or whom `read_preference` names. */
  node?(value: never): string;
  /** `held`: what the document holds, after the change; null where there is none. */
  answer(held: number | null, value: never): Outcome;
}

const OK: Outcome = { type: 'ok' };
const ok = (value: unknown): Outcome => ({ type: 'ok', value });

const registerId = ([key]: readonly [number, unknown]) => `register ${key}`;

const register = {
  read: { id: registerId, answer: (held: number | null, [key]: [number, null]) => ok([key, held]) },
  'read-node': {
    id: registerId,
    node: ([, [node]]: [number, [string, null]]) => node,
    answer: (held: number | null, [key, [node]]: [number, [string, null]]) => ok([key, [node, held]]),
  },
  write: { id: registerId, change: ([, set]: [number, number]) => ({ set }), answer: () => OK },
  cas: {
    id: registerId,
    change: ([, [expected, set]]: [number, [number, number]]) => ({ expected, set }),
    answer: () => OK,
  },
} satisfies Record<string, Operation>;

const sum = { id: () => 'counter', answer: (held: number | null) => ok(held ?? 0) } satisfies Operation;

/** The number after an increment: no document gives one twice, unless what gave it was rolled back. */
const increment = {
  id: () => 'counter',
  change: () => ({ inc: 1 }),
  answer: (held: number | null) => ok(held),
} satisfies Operation;

/** By workload, then by `f`. The sets are not among them: they are one document that grows. */
export const WORKLOADS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  register,
  counter: { add: { id: () => 'counter', change: (inc: number) => ({ inc }), answer: () => OK }, read: sum },
  monotonic: { increment, read: sum },
  'unique-ids': { generate: increment },
};

/** Why a compare-and-set has failed. */
export const MISMATCH = 'it has another value';
