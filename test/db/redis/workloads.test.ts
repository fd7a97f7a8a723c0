/** What each operation of each workload answers: the same from real servers and from the model's. */

import Value from 'typebox/value';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { makeRng, pick, type Rng } from '../../../src/base/rng.ts';
import type { Client, Invocation, Outcome } from '../../../src/contract/index.ts';
import { sockets } from '../../../src/db/redis/client-connection.ts';
import { Clients } from '../../../src/db/redis/clients.ts';
import { redis } from '../../../src/db/redis/index.ts';
import { type RedisSettings, settings as schema } from '../../../src/db/redis/settings.ts';
import { WORKLOADS } from '../../../src/db/redis/workloads.ts';
import { workloads } from '../../../src/workload/index.ts';
import { eventually } from '../eventually.ts';
import { openBench } from './model/bench.ts';
import { startServer, stopServers } from './server.ts';

vi.setConfig({ testTimeout: 60_000 });

const LEASE = '10s';

/** A primary n1 and its replica n2; `client(seat)` makes a client anew, `invoke` has one do something, `pass` lets time go by. */
interface Place {
  client(seat: number): Promise<Client>;
  invoke(client: Client, f: string, value: unknown): Promise<Outcome>;
  pass(ms: number): Promise<void>;
}

const opened: Client[] = [];

afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
  await stopServers();
});

const PLACES: Record<string, (workload: string, lease?: string) => Promise<Place>> = {
  async servers(workload, lease = LEASE) {
    const primary = await startServer();
    const replica = await startServer({ replicaof: `127.0.0.1 ${primary.port}` });
    await eventually('the replica follows', async () =>
      (await replica.control.info('replication')).includes('master_link_status:up'),
    );
    const at = (port: number) => ({ host: '127.0.0.1', port });
    const clients = new Clients({
      settings: { ...(Value.Default(schema, {}) as RedisSettings), sentinel: false },
      workload,
      workloadSettings: { lease },
      servers: new Map([
        ['n1', at(primary.port)],
        ['n2', at(replica.port)],
      ]),
      sentinelOf: undefined,
    });
    return {
      async client(client) {
        opened.push(await clients.open({ client, home: 'n1' }, sockets()));
        return opened.at(-1)!;
      },
      invoke: async (client, f, value) => client.invoke({ f, value }),
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    };
  },
  async model(workload, lease = LEASE) {
    const bench = await openBench(2, { sentinel: false }, {}, { workload, workloadSettings: { lease } });
    return {
      client: (client) => bench.cluster.connect({ client, home: 'n1' }),
      invoke: bench.invoke,
      pass: bench.pass,
    };
  },
};

const ok = (value?: unknown) => (value === undefined ? { type: 'ok' } : { type: 'ok', value });
const fail = (error: string) => ({ type: 'fail', error });

type Step = readonly [f: string, value: unknown, outcome: object];

const STEPS: Record<string, readonly Step[]> = {
  'set-full': [
    ['read', null, ok([])],
    ['add', 10, ok()],
    ['add', 9, ok()],
    ['add', 9, ok()],
    ['read', null, ok([9, 10])],
    ['read-node', ['n2', null], ok(['n2', [9, 10]])],
  ],
  register: [
    ['read', [1, null], ok([1, null])],
    ['cas', [1, [0, 1]], fail('it is null, not 0')],
    ['write', [1, 0], ok()],
    ['cas', [1, [0, 7]], ok()],
    ['cas', [1, [0, 8]], fail('it is 7, not 0')],
    ['read', [1, null], ok([1, 7])],
    ['read', [2, null], ok([2, null])],
    ['read-node', [1, ['n2', null]], ok([1, ['n2', 7]])],
    ['read-node', [2, ['n2', null]], ok([2, ['n2', null]])],
    ['read-node', [2, ['n9', null]], fail('there is no node "n9"')],
  ],
  counter: [
    ['read', null, ok(0)],
    ['add', 5, ok()],
    ['add', -7, ok()],
    ['read', null, ok(-2)],
  ],
  queue: [
    ['dequeue', null, fail('the queue is empty')],
    ['drain', null, ok([])],
    ...[4, 2, 9, 1].map((element) => ['enqueue', element, ok()] as const),
    ['dequeue', null, ok(4)],
    ['drain', null, ok([2, 9, 1])],
    ['dequeue', null, fail('the queue is empty')],
  ],
  lock: [
    ['release', 0, fail('it is not this client’s any more')],
    ['acquire', null, ok(1)],
    ['acquire', null, fail('somebody else holds it')],
  ],
  'unique-ids': [
    ['generate', null, ok(1)],
    ['generate', null, ok(2)],
  ],
  monotonic: [
    ['read', null, ok(0)],
    ['increment', null, ok(1)],
    ['increment', null, ok(2)],
    ['read', null, ok(2)],
  ],
  messages: [
    ['receive', null, ok([])],
    ['send', [1, 0], ok()],
    ['send', [2, 0], ok()],
    [
      'receive',
      null,
      ok([
        [1, 0],
        [2, 0],
      ]),
    ],
    ['receive', null, ok([])],
    ['send', [1, 1], ok()],
    ['drain', null, ok([[1, 1]])],
  ],
};

test('every workload that the module names has its operations, and each is tried here', () => {
  expect(Object.keys(WORKLOADS).sort()).toEqual([...redis.workloads].sort());
  expect([...Object.keys(STEPS), 'set'].sort()).toEqual(Object.keys(WORKLOADS).sort());
  for (const workload of workloads.filter(({ name }) => name in WORKLOADS)) {
    const wanted = Object.keys(workload.ops).filter((f) => f !== 'verify');
    expect(Object.keys(WORKLOADS[workload.name]!).sort(), workload.name).toEqual(wanted.sort());
    const tried = new Set(STEPS[workload.name]?.map(([f]) => f));
    if (workload.name !== 'set') expect([...tried].sort(), workload.name).toEqual(wanted.sort());
  }
});

describe.each(Object.keys(PLACES))('%s', (name) => {
  test('a lock is its holder’s until it is released, and nobody else can release it', async () => {
    const place = await PLACES[name]!('lock');
    const [one, other] = [await place.client(0), await place.client(1)];
    const outcomes = [];
    for (const [client, f] of [
      ...[
        [one, 'acquire'],
        [other, 'acquire'],
        [other, 'release'],
        [one, 'release'],
      ],
      ...[
        [one, 'release'],
        [other, 'acquire'],
        [one, 'acquire'],
      ],
    ] as [Client, string][])
      outcomes.push(await place.invoke(client, f, f === 'release' ? 1 : null));
    const [busy, gone] = [fail('somebody else holds it'), fail('it is not this client’s any more')];
    expect(outcomes).toEqual([ok(1), busy, gone, ok(), gone, ok(2), busy]);
  });

  test('a lock whose lease is over is free again, and whether it was released is not known any more', async () => {
    const place = await PLACES[name]!('lock', '200ms');
    const [one, other] = [await place.client(0), await place.client(1)];
    expect(await place.invoke(one, 'acquire', null)).toEqual(ok(1));
    await place.pass(250);
    expect(await place.invoke(other, 'acquire', null)).toEqual(ok(2));
    expect(await place.invoke(one, 'release', 1)).toEqual({
      type: 'info',
      error: 'it is not this client’s any more; its lease is over',
    });
  });

  test('who comes after a receiver on its seat receives what comes after; another receives all', async () => {
    const place = await PLACES[name]!('messages');
    const first = await place.client(0);
    await place.invoke(first, 'send', [0, 0]);
    expect(await place.invoke(first, 'receive', null)).toEqual(ok([[0, 0]]));
    await first.close();
    const next = await place.client(0);
    await place.invoke(next, 'send', [0, 1]);
    expect(await place.invoke(next, 'receive', null)).toEqual(ok([[0, 1]]));
    expect(await place.invoke(await place.client(1), 'drain', null)).toEqual(
      ok([
        [0, 0],
        [0, 1],
      ]),
    );
  });
});

/** Values of operations, drawn; null where there is none. */
const VALUES: Record<string, (rng: Rng) => unknown> = {
  'set-full add': (rng) => rng.int(0, 30),
  'set-full read-node': () => ['n1', null],
  'register read': (rng) => [rng.int(0, 1), null],
  'register read-node': (rng) => [rng.int(0, 1), ['n1', null]],
  'register write': (rng) => [rng.int(0, 1), rng.int(0, 2)],
  'register cas': (rng) => [rng.int(0, 1), [rng.int(0, 2), rng.int(0, 2)]],
  'counter add': (rng) => rng.int(-5, 5),
  'queue enqueue': (rng) => rng.int(0, 99),
  'messages send': (rng) => [rng.int(0, 3), rng.int(0, 99)],
  'lock release': () => 0,
};

describe('servers and model give the same answers: those that are written here, then those to what the seed draws', () => {
  test.each(Object.keys(STEPS))('%s', async (workload) => {
    const rng = makeRng(7);
    const fs = Object.keys(WORKLOADS[workload]!);
    const ops = Array.from({ length: 150 }, (): Invocation => {
      const f = pick(rng, fs);
      return { f, value: VALUES[`${workload} ${f}`]?.(rng) ?? null };
    });
    const [servers, model] = await Promise.all(
      Object.values(PLACES).map(async (open) => {
        const place = await open(workload, '1h');
        const client = await place.client(0);
        for (const [f, value, outcome] of STEPS[workload]!) {
          // What it read from a replica, the stream has brought by then.
          if (f === 'read-node') await place.pass(100);
          expect(await place.invoke(client, f, value), `${f} ${JSON.stringify(value)}`).toEqual(outcome);
        }
        const outcomes = [];
        for (const { f, value } of ops) outcomes.push(await place.invoke(client, f, value));
        return outcomes;
      }),
    );
    expect(model).toEqual(servers);
    expect(servers!.filter(({ type }) => type === 'ok').length).toBeGreaterThan(40);
  });
});
