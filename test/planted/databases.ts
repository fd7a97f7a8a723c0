/**
 * Databases, each with the bug that one checker exists to find, and without it. Crashed requests may still arrive, clients overlap: the
 * correct ones are not easy on the checkers either.
 */
import type { Rng } from '../../src/base/rng.ts';
import { Versions } from './logs.ts';
import type { Ask, Simulated } from './simulate.ts';

const LAG = 30_000_000;

const ask = (f: string, value: unknown = null): Ask => ({ f, value });
const often = (rng: Rng, percent: number) => rng.int(1, 100) <= percent;

/** One addition in twenty is acknowledged, and forgotten. */
export function forgetfulSet(bug: boolean): Simulated {
  const elements = new Set<unknown>();
  return {
    ops: 120,
    next: (_client, _rng, n) => ask('add', n),
    handle({ f, value, rng }) {
      if (f === 'read') return { value: [...elements] };
      if (!bug || often(rng, 95)) elements.add(value);
      return {};
    },
    final: [ask('read')],
  };
}

/** The set is read while it grows. `lose`: one element in twenty goes away again, after it was seen. `lag`: every third read is of a replica behind. */
const growingSet =
  (kind: 'lose' | 'lag') =>
  (bug: boolean): Simulated => {
    const set = new Versions<readonly unknown[]>([]);
    return {
      ops: 120,
      next: (_client, rng, n) => (often(rng, 50) ? ask('add', n) : ask('read')),
      handle(request) {
        const { f, value, rng } = request;
        if (f === 'add') set.set(request, [...set.now, value]);
        else if (bug && kind === 'lose' && often(rng, 20)) set.set(request, set.now.slice(1));
        return f === 'read'
          ? { value: bug && kind === 'lag' && often(rng, 33) ? set.before(request, LAG) : set.now }
          : {};
      },
      final: [ask('read'), ask('read')],
    };
  };
export const losingSet = growingSet('lose');
export const laggingSet = growingSet('lag');

/** One addition in four is lost, for two are made from the same old value. */
export function countingCounter(bug: boolean): Simulated {
  let total = 0;
  return {
    ops: 120,
    next: (_client, rng) => (often(rng, 70) ? ask('add', rng.int(-3, 5)) : ask('read')),
    handle({ f, value, rng }) {
      if (f === 'read') return { value: total };
      if (often(rng, 5)) return { type: 'fail' };
      if (!bug || often(rng, 75)) total += value as number;
      return {};
    },
    final: [ask('read')],
  };
}

/** `invent`: gives one value twice; `lose`: one in twenty that was taken is not given to anybody. */
const workQueue =
  (kind: 'invent' | 'lose') =>
  (bug: boolean): Simulated => {
    const items: unknown[] = [];
    return {
      ops: 120,
      crashes: kind === 'lose' ? 0 : 20,
      next: (_client, rng, n) => (often(rng, 60) ? ask('enqueue', n) : ask('dequeue')),
      handle({ f, value, rng }) {
        if (f === 'enqueue') {
          items.push(value);
          return {};
        }
        if (f === 'drain') return { value: items.splice(0) };
        if (items.length === 0) return { type: 'fail' };
        if (bug && kind === 'lose' && often(rng, 20)) items.shift();
        if (bug && kind === 'invent' && often(rng, 20)) return { value: items[0] };
        return items.length === 0 ? { type: 'fail' } : { value: items.shift() };
      },
      final: [ask('drain')],
    };
  };
export const inventingQueue = workQueue('invent');
export const losingQueue = workQueue('lose');

/** Two nodes hand out numbers, each its own; the bug: after a failover one begins again a little behind. */
export function idDispenser(bug: boolean): Simulated {
  let next = 0;
  return {
    ops: 120,
    next: () => ask('generate'),
    handle({ rng }) {
      if (bug && often(rng, 5)) next -= Math.min(next, rng.int(1, 3));
      return { value: next++ };
    },
  };
}

/** A read looks at the accounts one by one, and transfers go on meanwhile: it sees half of one. */
export function bankWithoutSnapshots(bug: boolean): Simulated {
  const accounts = [0, 1, 2, 3, 4];
  const balances = new Versions<Readonly<Record<number, number>>>({ 0: 100, 1: 0, 2: 0, 3: 0, 4: 0 });
  return {
    ops: 120,
    next: (_client, rng) =>
      often(rng, 60) ? ask('transfer', { from: rng.int(0, 4), to: rng.int(0, 4), amount: rng.int(1, 5) }) : ask('read'),
    handle(request) {
      const { f, value } = request;
      if (f === 'read') {
        const half = bug ? balances.before(request, LAG / 10) : balances.now;
        return { value: Object.fromEntries(accounts.map((one) => [one, (one < 3 ? half : balances.now)[one]])) };
      }
      const { from, to, amount } = value as { from: number; to: number; amount: number };
      const has = balances.now[from] as number;
      if (has < amount || from === to) return { type: 'fail' };
      balances.set(request, { ...balances.now, [from]: has - amount, [to]: (balances.now[to] as number) + amount });
      return {};
    },
    final: [ask('read')],
  };
}

/** Two sites: what is written at one comes late to the other, so that each sees its own first. Reads are of two keys of one group. */
export function farSites(bug: boolean): Simulated {
  const written = new Map<number, { at: number; site: number }>();
  let keys = 0;
  return {
    clients: 8,
    ops: 300,
    next(client, rng) {
      if (often(rng, 30)) return ask('write', [['w', keys++, 1]]);
      const group = 2 * rng.int(Math.max(0, Math.floor(keys / 2) - 2), Math.floor(keys / 2));
      const order = client % 2 === 0 ? [group, group + 1] : [group + 1, group];
      return ask(
        'read',
        order.map((key) => ['r', key, null]),
      );
    },
    handle({ f, value, now, client }) {
      const ops = value as [string, number, unknown][];
      const site = client % 2;
      if (f === 'write') {
        written.set((ops[0] as (typeof ops)[number])[1], { at: now, site });
        return {};
      }
      const sees = (key: number) => {
        const write = written.get(key);
        return write !== undefined && (!bug || write.site === site || now - write.at > LAG);
      };
      return { value: ops.map(([, key]) => ['r', key, sees(key) ? 1 : null]) };
    },
  };
}

/** Two shards; one shows what is written to it late, so that a later write is seen without an earlier one. */
export function lateShard(bug: boolean): Simulated {
  const shards = [new Versions<readonly unknown[]>([]), new Versions<readonly unknown[]>([])] as const;
  return {
    ops: 120,
    next: (_client, rng, n) => (often(rng, 60) ? ask('write', n) : ask('read')),
    handle(request) {
      const { f, value } = request;
      if (f === 'write') {
        const shard = shards[(value as number) % 2 === 0 ? 0 : 1];
        shard.set(request, [...shard.now, value]);
        return {};
      }
      return { value: [...shards[0].now, ...(bug ? shards[1].before(request, LAG) : shards[1].now)] };
    },
    final: [ask('read')],
  };
}

/** Every third read is of a replica that is behind: values go back. */
export function laggingRegister(bug: boolean): Simulated {
  const value = new Versions(0);
  return {
    ops: 120,
    next: (_client, rng) => (often(rng, 50) ? ask('increment') : ask('read')),
    handle(request) {
      if (request.f === 'read')
        return { value: bug && often(request.rng, 33) ? value.before(request, LAG) : value.now };
      value.set(request, value.now + 1);
      return { value: value.now };
    },
    final: [ask('read')],
  };
}

/** Messages in a mailbox: by `kind` some are lost, given twice, or put before those that are there. */
const mailbox =
  (kind: 'lose' | 'repeat' | 'reorder') =>
  (bug: boolean): Simulated => {
    const box: unknown[] = [];
    const sent = new Map<number, number>();
    return {
      ops: 150,
      // A receive without an answer may have taken what is missing.
      crashes: kind === 'reorder' ? 20 : 0,
      next(client, rng) {
        if (often(rng, 30)) return ask('receive');
        const n = sent.get(client) ?? 0;
        sent.set(client, n + 1);
        return ask('send', [client, n]);
      },
      handle({ f, value, rng }) {
        if (f !== 'send') return { value: box.splice(0, f === 'drain' ? box.length : 4) };
        const slip = bug && often(rng, kind === 'reorder' ? 40 : 10);
        if (slip && kind === 'reorder') box.unshift(value);
        else if (!slip || kind !== 'lose') box.push(value);
        if (slip && kind === 'repeat') box.push(value);
        return {};
      },
      final: [ask('drain')],
    };
  };
export const losingMailbox = mailbox('lose');
export const repeatingMailbox = mailbox('repeat');
export const shufflingMailbox = mailbox('reorder');

/** A lock with fencing tokens; the bug: one acquisition in five is at a new primary, to which the last tokens had not been copied. */
export function forgetfulFence(bug: boolean): Simulated {
  let holder: number | undefined;
  let token = 0;
  return {
    ops: 240,
    next: (client) => (holder === client ? ask('release', token) : ask('acquire')),
    handle({ f, client, rng }) {
      if (f === 'release') {
        if (holder !== client) return { type: 'fail' };
        holder = undefined;
        return {};
      }
      if (holder !== undefined) return { type: 'fail' };
      holder = client;
      if (bug && often(rng, 20)) token -= Math.min(token, rng.int(1, 3));
      return { value: ++token };
    },
  };
}
