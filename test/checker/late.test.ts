/**
 * Objects that do each operation at one moment, those without an answer at any later time or never: no checker says that they are wrong.
 * The correct twins of the planted bugs take effect at once.
 */
import { expect, test } from 'vitest';
import type { Rng } from '../../src/base/rng.ts';
import { checkers } from '../../src/checker/index.ts';
import { BARE_CONTEXT } from '../../src/contract/index.ts';
import { type History, historyOf, type Op } from '../../src/history/index.ts';
import { makeDraws } from '../planted/simulate.ts';
import { USUAL } from './linearizable/usual.ts';

const SEEDS = 400;
const CLIENTS = 4;

interface Simple {
  ask(rng: Rng, client: number): readonly [f: string, value: unknown];
  /** What it answers; undefined: it fails. */
  handle(f: string, value: unknown, process: number): unknown;
  /** Asked at the end by client 0, alone. */
  readonly final?: string;
}

const linearizable = (model: string) => ['linearizable', { ...USUAL, keys: 'none', model }] as const;
const delivery = (guarantee: string) => ['delivery', { guarantee, order: 'sender', redelivers: false }] as const;

const CASES: Readonly<Record<string, readonly [() => Simple, ...(readonly [checker: string, settings: object])[]]>> = {
  counter: [
    () => {
      let sum = 0;
      return {
        ask: (rng) => (rng.int(0, 1) === 0 ? ['add', rng.int(-3, 3)] : ['read', null]),
        handle(f, value) {
          if (f === 'read') return sum;
          sum += value as number;
          return value;
        },
      };
    },
    ['counter', {}],
    linearizable('counter'),
  ],
  set: [
    () => {
      const elements = new Set<unknown>();
      let next = 0;
      return {
        ask: (rng) => (rng.int(0, 2) > 0 ? ['add', rng.int(0, 9) === 0 ? 0 : next++] : ['read', null]),
        handle: (f, value) => (f === 'read' ? [...elements] : elements.add(value) && value),
        final: 'read',
      };
    },
    ['set', { lost: 0 }],
    ['set-full', { linearizable: true }],
    linearizable('set'),
  ],
  queue: [
    () => {
      const elements: unknown[] = [];
      let next = 0;
      return {
        ask: (rng) => (rng.int(0, 1) === 0 ? ['enqueue', next++] : [rng.int(0, 9) === 0 ? 'drain' : 'dequeue', null]),
        handle(f, value) {
          if (f === 'enqueue') return elements.push(value) && value;
          return f === 'drain' ? elements.splice(0) : elements.shift();
        },
        final: 'drain',
      };
    },
    ['queue', {}],
    ['total-queue', { redelivers: false }],
    linearizable('fifo-queue'),
    linearizable('unordered-queue'),
  ],
  register: [
    () => {
      let state: unknown = null;
      let next = 0;
      return {
        ask: (rng) =>
          [['read', null] as const, ['write', next++] as const, ['cas', [state, next++]] as const][rng.int(0, 2)]!,
        handle(f, value) {
          if (f === 'read') return state;
          const [old, changed] = f === 'cas' ? (value as unknown[]) : [state, value];
          if (old !== state) return undefined;
          state = changed;
          return value;
        },
      };
    },
    ['freshness', { apart: '1s', initial: null }],
    linearizable('cas-register'),
  ],
  growing: [
    () => {
      let value: number | null = null;
      return {
        ask: (rng) => [rng.int(0, 1) === 0 ? 'increment' : 'read', null],
        handle(f) {
          if (f === 'increment') value = (value ?? 0) + 1;
          return value;
        },
      };
    },
    ['monotonic', { real_time: true }],
    ['freshness', { apart: '1s', initial: null }],
  ],
  lock: [
    () => {
      let holder: number | undefined;
      let token = 0;
      return {
        ask: (rng) => [rng.int(0, 1) === 0 ? 'acquire' : 'release', null],
        handle(f, _, process) {
          if (holder !== (f === 'acquire' ? undefined : process)) return undefined;
          holder = f === 'acquire' ? process : undefined;
          return f === 'acquire' ? ++token : null;
        },
      };
    },
    ['fencing', {}],
    linearizable('mutex'),
    linearizable('owned-mutex'),
  ],
  writes: [
    () => {
      const seen: unknown[] = [];
      let next = 0;
      return {
        ask: (rng) => (rng.int(0, 1) === 0 ? ['write', rng.int(0, 9) === 0 ? 0 : next++] : ['read', null]),
        handle: (f, value) => (f === 'read' ? [...seen] : seen.push(value) && value),
      };
    },
    ['causal', {}],
  ],
  mailbox: [
    () => {
      const messages: unknown[] = [];
      const sent = Array<number>(CLIENTS).fill(0);
      return {
        ask: (_, client) => (client === 0 ? ['receive', null] : ['send', [client, sent[client]!++]]),
        handle: (f, value) => (f === 'send' ? messages.push(value) && value : messages.splice(0)),
        final: 'drain',
      };
    },
    delivery('exactly-once'),
    delivery('at-most-once'),
  ],
};

function record(seed: number, object: Simple): History {
  const rng = makeDraws(seed);
  const ops: Op[] = [];
  const push = (type: Op['type'], process: number, f: string, value: unknown) =>
    ops.push({ index: ops.length, time: ops.length, type, process, f, value });
  const processes = Array.from({ length: CLIENTS }, (_, client) => client);
  const open = new Map<number, { f: string; value: unknown; answer?: readonly [unknown] }>();
  const late: (() => void)[] = [];
  for (let invoked = 0; invoked < 14 || open.size > 0; ) {
    if (late.length > 0 && rng.int(0, 9) === 0) late.splice(rng.int(0, late.length - 1), 1)[0]!();
    const client = rng.int(0, CLIENTS - 1);
    const process = processes[client]!;
    const asked = open.get(client);
    if (asked === undefined) {
      if (invoked++ >= 14) continue;
      const [f, value] = object.ask(rng, client);
      push('invoke', process, f, value);
      open.set(client, { f, value });
      continue;
    }
    const { f, value, answer } = asked;
    const fate = answer === undefined ? rng.int(0, 9) : 9;
    if (answer === undefined && fate > 2) asked.answer = [object.handle(f, value, process)];
    else if (answer !== undefined) push(answer[0] === undefined ? 'fail' : 'ok', process, f, answer[0] ?? null);
    else if (fate === 0) push('fail', process, f, value);
    else {
      if (rng.int(0, 1) === 0) late.push(() => object.handle(f, value, process));
      if (fate === 1) push('info', process, f, value);
      processes[client] = process + CLIENTS;
    }
    if (asked.answer === undefined || answer !== undefined) open.delete(client);
  }
  if (object.final !== undefined) {
    push('invoke', processes[0]!, object.final, null);
    push('ok', processes[0]!, object.final, object.handle(object.final, null, 0));
  }
  return historyOf(ops);
}

test.each(Object.entries(CASES))('%s', async (_, [object, ...uses]) => {
  const valid = uses.map(() => 0);
  for (let seed = 1; seed <= SEEDS; seed++) {
    const history = record(seed, object());
    for (const [at, [name, settings]] of uses.entries()) {
      const result = await checkers.find((one) => one.name === name)?.check(history, settings, BARE_CONTEXT);
      const told = () => [...history.ops()].map((op) => JSON.stringify(op)).join('\n');
      if (result?.valid === false) expect.fail(`${name}, seed ${seed}: ${result.why}\n${told()}`);
      if (result?.valid === true) valid[at]!++;
    }
  }
  for (const count of valid) expect(count).toBeGreaterThan(SEEDS / 10);
});
