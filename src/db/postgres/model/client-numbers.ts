import type { Outcome } from '../../../contract/index.ts';
import type { Fetch, FetchReply, NextValue, NextValueReply, NumberChange, Update, UpdateReply } from './wire.ts';

/** What operations ask through. */
export interface Asks {
  read(request: Fetch): Promise<unknown>;
  /** For what takes effect: from here on nobody knows, until the answer comes. */
  change(request: Update | NextValue): Promise<unknown>;
  /** Whether the server is on that node. */
  has(node: string): boolean;
}

type Operation = (asks: Asks, value: never) => Promise<Outcome>;

const OK: Outcome = { type: 'ok' };
const registerOf = (key: number) => `register ${key}`;

/** By workload: operations on rows that hold a number, as `client-register.ts` and `client-numbers.ts` of the real client have them. */
export const NUMBERS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  register: {
    async read(asks, [key]: [number, null]) {
      return { type: 'ok', value: [key, await fetch(asks, registerOf(key))] };
    },
    async 'read-node'(asks, [key, [node]]: [number, [string, null]]) {
      if (!asks.has(node)) return { type: 'fail', error: `there is no server on ${node}` };
      return { type: 'ok', value: [key, [node, await fetch(asks, registerOf(key))]] };
    },
    async write(asks, [key, value]: [number, number]) {
      await update(asks, registerOf(key), { set: value });
      return OK;
    },
    async cas(asks, [key, [from, to]]: [number, [number, number]]) {
      const { rows } = await update(asks, registerOf(key), { from, to });
      return rows === 1 ? OK : { type: 'fail', error: `it is not ${from}` };
    },
  },
  counter: {
    async add(asks, amount: number) {
      await update(asks, 'counter', { add: amount });
      return OK;
    },
    read: async (asks, _value: null) => ({ type: 'ok', value: (await fetch(asks, 'counter')) ?? 0 }),
  },
  monotonic: {
    increment: async (asks, _value: null) => ({
      type: 'ok',
      value: (await update(asks, 'monotonic', { add: 1 })).value,
    }),
    read: async (asks, _value: null) => ({ type: 'ok', value: (await fetch(asks, 'monotonic')) ?? 0 }),
  },
  'unique-ids': {
    async generate(asks, _value: null) {
      return { type: 'ok', value: ((await asks.change({ do: 'nextval' })) as NextValueReply).value };
    },
  },
};

async function fetch(asks: Asks, row: string): Promise<number | null> {
  return ((await asks.read({ do: 'fetch', row })) as FetchReply).value;
}

async function update(asks: Asks, row: string, change: NumberChange): Promise<UpdateReply> {
  return (await asks.change({ do: 'update', row, change })) as UpdateReply;
}
