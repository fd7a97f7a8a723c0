/** Databases that are not linearizable, by one bug each, and their correct twins. */
import { describe, test } from 'vitest';
import type { Rng } from '../../src/base/rng.ts';
import { linearizable } from '../../src/checker/linearizable/index.ts';
import { USUAL } from '../checker/linearizable/usual.ts';
import type { Ask, Reply, Request, Simulated } from './simulate.ts';
import { trial } from './trial.ts';

/** 100 operations show most bugs, and 1,100 runs of each test take a second or two. */
const judged = (model: string, database: (bug: boolean) => Simulated) =>
  trial(linearizable, { ...USUAL, model }, (bug) => ({ ops: 100, clients: 4, ...database(bug) }));

const MS = 1_000_000;
const oneIn = (rng: Rng, n: number) => rng.int(1, n) === 1;

/** Values as they were and when: what a replica that lags has. */
class Lagging<V> {
  readonly #past: { readonly value: V; readonly at: number }[];

  constructor(value: V) {
    this.#past = [{ value, at: 0 }];
  }

  get(): V {
    return this.#past.at(-1)!.value;
  }

  set(value: V, at: number): void {
    this.#past.push({ value, at });
  }

  /** As it was `lag` before `now`. */
  before(now: number, lag: number): V {
    return this.#past.findLast(({ at }) => at <= now - lag)?.value ?? this.#past[0]!.value;
  }
}

describe('register', () => {
  const asks = (_: number, rng: Rng, n: number): Ask =>
    oneIn(rng, 5) ? { f: 'write', value: n } : { f: 'read', value: null };

  test('a replica that lags is read', () =>
    judged('register', (bug) => {
      const register = new Lagging<unknown>(null);
      return {
        next: asks,
        handle({ f, value, now, rng }) {
          if (f === 'read') return { value: bug && oneIn(rng, 2) ? register.before(now, 20 * MS) : register.get() };
          register.set(value, now);
          return {};
        },
      };
    }));

  test('a write that is acknowledged is lost', () =>
    judged('register', (bug) => {
      let register: unknown = null;
      return {
        next: asks,
        handle({ f, value, rng }) {
          if (f === 'read') return { value: register };
          if (!bug || !oneIn(rng, 2)) register = value;
          return {};
        },
      };
    }));

  test('over many keys, one of which lags', () =>
    judged('register', (bug) => {
      const registers = Array.from({ length: 4 }, () => new Lagging<unknown>(null));
      return {
        ops: 200,
        next(client, rng, n) {
          const { f, value } = asks(client, rng, n);
          return { f, value: [rng.int(0, 3), value] };
        },
        handle({ f, value, now, rng }) {
          const [key, written] = value as [number, unknown];
          const register = registers[key]!;
          if (f === 'read') {
            const lags = bug && key === 2 && oneIn(rng, 2);
            return { value: [key, lags ? register.before(now, 30 * MS) : register.get()] };
          }
          register.set(written, now);
          return {};
        },
      };
    }));
});

describe('cas-register', () => {
  test('two cas find the same value, for the check and the change are apart', () =>
    judged('cas-register', (bug) => {
      const register = new Lagging<unknown>(null);
      return {
        ops: 250,
        next(_, rng) {
          const f = (['read', 'cas', 'cas'] as const)[rng.int(0, 2)] as string;
          if (f === 'read') return { f, value: null };
          return { f, value: [oneIn(rng, 20) ? null : rng.int(0, 2), rng.int(0, 2)] };
        },
        handle({ f, value, now }) {
          if (f === 'read') return { value: register.get() };
          if (f === 'cas') {
            const [old, next] = value as [unknown, unknown];
            if ((bug ? register.before(now, 8 * MS) : register.get()) !== old) return { type: 'fail' };
            register.set(next, now);
          } else register.set(value, now);
          return {};
        },
      };
    }));
});

/** Clients take a lock and give it back. */
function lock(handle: (request: Request, lease: { holder: number | undefined }) => Reply): Simulated {
  const lease: { holder: number | undefined } = { holder: undefined };
  const holding = new Set<number>();
  return {
    crashes: 5,
    next: (client) => ({ f: holding.has(client) ? 'release' : 'acquire', value: null }),
    handle(request) {
      const reply = handle(request, lease);
      if (reply.type !== 'fail') {
        if (request.f === 'acquire') holding.add(request.client);
        else holding.delete(request.client);
      }
      return reply;
    },
  };
}

const locking = (bug: boolean) =>
  lock(({ f, client, rng }, lease) => {
    if (f === 'release') {
      if (lease.holder === client) lease.holder = undefined;
      return {};
    }
    const free = lease.holder === undefined || lease.holder === client;
    if (!free && !(bug && oneIn(rng, 2))) return { type: 'fail' };
    lease.holder = client;
    return {};
  });

describe('mutex', () => {
  test('a lock that is held is given to another', () => judged('mutex', (bug) => ({ ...locking(bug), crashes: 0 })));
  test('... seen by its owners', () => judged('owned-mutex', (bug) => ({ ...locking(bug), crashes: 0 })));
});

test('semaphore: one permit too many', () =>
  trial(linearizable, { ...USUAL, model: 'semaphore', permits: 2 }, (bug) => {
    let held = 0;
    return {
      crashes: 0,
      next: (_, rng) => ({ f: rng.int(0, 1) ? 'acquire' : 'release', value: null }),
      handle({ f }) {
        if (f === 'release') {
          if (held === 0) return { type: 'fail' };
          held--;
          return {};
        }
        if (held >= (bug ? 9 : 2)) return { type: 'fail' };
        held++;
        return {};
      },
    };
  }));

test('counter: an addition that is lost', () =>
  judged('counter', (bug) => {
    let sum = 0;
    return {
      next: (_, rng) => (oneIn(rng, 2) ? { f: 'read', value: null } : { f: 'add', value: rng.int(1, 3) }),
      handle({ f, value, rng }) {
        if (f === 'read') return { value: sum };
        if (!bug || !oneIn(rng, 4)) sum += value as number;
        return {};
      },
    };
  }));

test('set: a replica that lags is read', () =>
  judged('set', (bug) => {
    const elements = new Lagging<readonly unknown[]>([]);
    return {
      next: (_, rng, n) => (oneIn(rng, 3) ? { f: 'read', value: null } : { f: 'add', value: n }),
      handle({ f, value, now, rng }) {
        if (f === 'read') return { value: bug && oneIn(rng, 2) ? elements.before(now, 20 * MS) : elements.get() };
        elements.set([...elements.get(), value], now);
        return {};
      },
    };
  }));

test('append-list: an element that is added to an old list', () =>
  judged('append-list', (bug) => {
    const list = new Lagging<readonly unknown[]>([]);
    return {
      next: (_, rng, n) => (oneIn(rng, 3) ? { f: 'read', value: null } : { f: 'append', value: n }),
      handle({ f, value, now, rng }) {
        if (f === 'read') return { value: list.get() };
        list.set([...(bug && oneIn(rng, 2) ? list.before(now, 5 * MS) : list.get()), value], now);
        return {};
      },
    };
  }));

/** `handle` gets the queue, the oldest first. */
function queue(handle: (request: Request, items: unknown[]) => Reply): Simulated {
  const items: unknown[] = [];
  return {
    next: (_, rng, n) => (rng.int(0, 6) > items.length ? { f: 'enqueue', value: n } : { f: 'dequeue', value: null }),
    handle(request) {
      if (request.f === 'dequeue' && items.length === 0) return { type: 'fail' };
      return handle(request, items);
    },
  };
}

describe('queue', () => {
  test('an element is delivered twice', () =>
    judged('unordered-queue', (bug) =>
      queue(({ f, value, rng }, items) => {
        if (f === 'enqueue') items.push(value);
        else return { value: bug && oneIn(rng, 4) ? items[0] : items.shift() };
        return {};
      }),
    ));

  test('an element comes before its turn', () =>
    // Crashed calls of a queue in order may go anywhere, and each place must be tried.
    judged('fifo-queue', (bug) => ({
      crashes: 0,
      clients: 3,
      ...queue(({ f, value, rng }, items) => {
        if (f === 'dequeue') return { value: items.shift() };
        if (bug && oneIn(rng, 2)) items.unshift(value);
        else items.push(value);
        return {};
      }),
    })));
});

test('key-value: an append that overwrites another', () =>
  judged('key-value', (bug) => {
    const texts = Array.from({ length: 3 }, () => new Lagging(''));
    return {
      next(_, rng, n) {
        const f = (['get', 'get', 'put', 'append', 'append'] as const)[rng.int(0, 4)] as string;
        return { f, value: [rng.int(0, 2), f === 'get' ? null : `${n},`] };
      },
      handle({ f, value, now, rng }) {
        const [key, text] = value as [number, string];
        const here = texts[key]!;
        if (f === 'get') return { value: [key, here.get()] };
        const base = bug && oneIn(rng, 2) ? here.before(now, 10 * MS) : here.get();
        here.set(f === 'put' ? text : base + text, now);
        return {};
      },
    };
  }));

test('multi-register: a transaction that reads between the writes of another', () =>
  judged('multi-register', (bug) => {
    const registers = { x: new Lagging<unknown>(null), y: new Lagging<unknown>(null) };
    return {
      next(_, rng, n) {
        const all = (micro: (key: string) => unknown[]) => ({ f: 'txn', value: ['x', 'y'].map(micro) });
        return oneIn(rng, 2) ? all((key) => ['r', key, null]) : all((key) => ['w', key, n]);
      },
      handle({ value, now, rng }) {
        const lags = bug && oneIn(rng, 2);
        const done = (value as [string, 'x' | 'y', unknown][]).map(([kind, key, written]) => {
          if (kind === 'r') {
            return [kind, key, lags && key === 'y' ? registers[key].before(now, 10 * MS) : registers[key].get()];
          }
          registers[key].set(written, now);
          return [kind, key, written];
        });
        return { value: done };
      },
    };
  }));
