/** Databases with a bug that is not in what they answer, but in how, when and where; and their correct twins. As in `databases.ts`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rng } from '../../src/base/rng.ts';
import { set } from '../../src/checker/set/index.ts';
import { BARE_CONTEXT } from '../../src/contract/index.ts';
import { forgetfulSet } from './databases.ts';
import { Versions } from './logs.ts';
import type { Ask, Simulated } from './simulate.ts';

const MS = 1_000_000;
const NODES = ['n1', 'n2', 'n3'] as const;

const ask = (f: string, value: unknown = null): Ask => ({ f, value });
const often = (rng: Rng, percent: number) => rng.int(1, 100) <= percent;
const nodeOf = (client: number) => NODES[client % NODES.length] as string;
const home = (process: number) => nodeOf(process % CLIENTS);
const CLIENTS = 6;

/** Registers of five keys on three nodes, read at each. `node`: reads at n3 are of some time ago; `key`: so is one in two of key 3. */
const registers =
  (where: 'node' | 'key') =>
  (bug: boolean): Simulated => {
    const values = Array.from({ length: 5 }, () => new Versions<unknown>(null));
    return {
      ops: 150,
      next(_client, rng, n) {
        const key = rng.int(0, 4);
        if (often(rng, 40)) return ask('write', [key, n]);
        return ask('read-node', [key, [NODES[rng.int(0, 2)], null]]);
      },
      handle(request) {
        const [key, value] = request.value as [number, unknown];
        const own = values[key] as Versions<unknown>;
        if (request.f === 'write') {
          own.set(request, value);
          return {};
        }
        const [node] = value as [string, null];
        const isBehind = where === 'node' ? node === 'n3' : key === 3 && often(request.rng, 50);
        return { value: [key, [node, bug && isBehind ? own.before(request, 30 * MS) : own.now]] };
      },
    };
  };
export const lateReplica = registers('node');
export const brokenKey = registers('key');

/** A set on three nodes; one addition in ten never comes to n2. */
export function deafReplica(bug: boolean): Simulated {
  const sets = NODES.map(() => new Set<unknown>());
  return {
    ops: 100,
    next: (_client, _rng, n) => ask('add', n),
    handle({ f, value, rng }) {
      if (f === 'read-node') {
        const [node] = value as [(typeof NODES)[number], null];
        return { value: [node, [...(sets[NODES.indexOf(node)] as Set<unknown>)]] };
      }
      const lost = bug && often(rng, 10);
      for (const [at, elements] of sets.entries()) if (!lost || NODES[at] !== 'n2') elements.add(value);
      return {};
    },
    final: NODES.map((node) => ask('read-node', [node, null])),
    context: () => ({ nodes: NODES }),
  };
}

const FROM = 30 * MS;
const UNTIL = 110 * MS;
const cut = { fault: 'f1', hit: { groups: [['n1'], ['n2', 'n3']] } };

/** n1 is cut from the others for a while, and its clients are refused: `side`; or nobody is answered meanwhile: `all`. */
const partitioned =
  (whom: 'side' | 'all') =>
  (bug: boolean): Simulated => ({
    clients: CLIENTS,
    ops: 150,
    nemesis: [
      { at: FROM, op: () => ({ f: 'start-partition', value: cut }) },
      { at: UNTIL, op: () => ({ f: 'stop-partition', value: cut }) },
    ],
    next: (_client, rng, n) => (often(rng, 50) ? ask('write', n) : ask('increment')),
    handle({ client, now }) {
      const isHit = bug && now >= FROM && now < UNTIL && (whom === 'all' || nodeOf(client) === 'n1');
      return isHit ? { type: 'fail' } : {};
    },
    context: () => ({ nodes: NODES, home }),
  });
export const refusedSide = partitioned('side');
export const silence = partitioned('all');

/** One write in five waits for the disk. */
export function slowDisk(bug: boolean): Simulated {
  return {
    ops: 120,
    next: (_client, rng, n) => (often(rng, 50) ? ask('write', n) : ask('read')),
    handle: ({ f, rng }) => (bug && f === 'write' && often(rng, 20) ? { takes: 50 * MS } : {}),
  };
}

/** It stands still for a while, once: few operations meet it, and many wait behind these. */
export function standstill(bug: boolean): Simulated {
  return {
    clients: 3,
    ops: 150,
    crashes: 0,
    due: 10 * MS,
    next: (_client, _rng, n) => ask('write', n),
    handle: ({ now }) => (bug && now >= 100 * MS && now < 200 * MS ? { takes: 200 * MS - now } : {}),
  };
}

/** Clocks are within 4 ms of the right time; that of n3 gains a tenth. */
export function runawayClock(bug: boolean): Simulated {
  return {
    ops: 100,
    next: (_client, _rng, n) => ask('write', n),
    handle: () => ({}),
    nemesis: Array.from({ length: 10 }, (_, i) => ({
      at: 20 * MS * i,
      op(rng: Rng) {
        const offsets = NODES.map((node) => [
          node,
          (rng.int(-4000, 4000) / 1000 + (bug && node === 'n3' ? 2 * i : 0)) / 1000,
        ]);
        return { f: 'check-offsets', 'clock-offsets': Object.fromEntries(offsets) };
      },
    })),
  };
}

/** What it writes about its work is a file; where a page is torn, at n2, it says so and goes on. */
export const tornPages = (folder: string) => (bug: boolean) => {
  const lines: Record<string, string[]> = { n1: [], n2: [] };
  const simulated: Simulated = {
    ops: 100,
    next: (_client, _rng, n) => ask('write', n),
    handle({ value, rng }) {
      const node = rng.int(1, 2) === 1 ? 'n1' : 'n2';
      lines[node]?.push(`INFO wrote ${value}, no PANIC`);
      if (bug && node === 'n2' && often(rng, 15)) lines[node]?.push(`PANIC page ${value} is torn`);
      return {};
    },
    context() {
      const logs = Object.entries(lines).map(([node, own]) => {
        const path = join(folder, `${node}.log`);
        writeFileSync(path, own.join('\n'));
        return { node, file: 'db.log', path };
      });
      return { logs };
    },
  };
  return simulated;
};

/** A folder for such logs, and what takes it away. */
export function logFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'planted-'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

/** Its cas compares with what was there before: nothing ever fits. */
export function uselessCas(bug: boolean): Simulated {
  let current = 0;
  return {
    ops: 120,
    next: (_client, rng) => (often(rng, 50) ? ask('write', rng.int(0, 2)) : ask('cas', [rng.int(0, 2), rng.int(0, 2)])),
    handle({ f, value }) {
      if (f === 'write') current = value as number;
      else {
        const [from, to] = value as [number, number];
        if (from !== (bug ? current - 3 : current)) return { type: 'fail' };
        current = to;
      }
      return {};
    },
  };
}

/** The set that forgets, with what the checker `set` reports of it. */
export function reportedSet(bug: boolean): Simulated {
  return {
    ...forgetfulSet(bug),
    context: async (history) => ({ reported: { set: await set.check(history, { lost: 1000 }, BARE_CONTEXT) } }),
  };
}
