/** What a client does with real HTTP, siblings and quorums: against the double of Riak. */

import { describe, expect, test } from 'vitest';
import type { Client } from '../../../src/contract/index.ts';
import { Lock } from '../../../src/db/riak/lock.ts';
import { primariesOf } from '../../../src/db/riak/settings.ts';
import { eventually } from '../eventually.ts';
import type { RiakDouble } from './double/node.ts';
import { add, connectTo, heal, part, read, startCluster } from './http-cluster.ts';

const MULT = { n_val: 3, allow_mult: true, last_write_wins: false };
const SETS = { sets: { props: { ...MULT, datatype: 'set' }, active: true } };

const OK = { type: 'ok' };
const written = (node: RiakDouble) => node.requests.filter(({ method }) => method === 'PUT' || method === 'POST');
const elementsOf = (node: RiakDouble): unknown[] =>
  node.own().flatMap(({ contents }) => contents.flatMap(({ value, set }) => set?.map(Number) ?? JSON.parse(value)));
/** How many siblings a node's vnodes hold. */
const siblings = (node: RiakDouble) => Math.max(...node.own().map(({ contents }) => contents.length));

/** Adds 1 at one node and 2 at the other while they do not hear each other, and heals. */
async function diverge(options: object, given: object): Promise<{ nodes: RiakDouble[]; clients: Client[] }> {
  const nodes = await startCluster(3, options);
  const weak = { r: 1, w: 1, dw: 1, ...given };
  const clients = nodes.map(({ port }) => connectTo(port, weak));
  part([nodes.slice(0, 1), nodes.slice(1)], { known: true });
  expect(await add(clients[0] as Client, 1)).toEqual(OK);
  expect(await add(clients[1] as Client, 2)).toEqual(OK);
  await heal(nodes);
  return { nodes, clients };
}

test('reads the object, puts the element in, and writes it back with what it has read', async () => {
  const nodes = await startCluster(5);
  const client = connectTo((nodes[4] as RiakDouble).port);
  expect(await read(client)).toEqual({ type: 'ok', value: [] });
  for (const element of [10, 2, 1]) expect(await add(client, element)).toEqual(OK);
  expect(await read(client)).toEqual({ type: 'ok', value: [1, 2, 10] });
  expect(nodes.map((node) => node.own().length).sort()).toEqual([0, 0, 1, 1, 1]);
  expect((nodes[4] as RiakDouble).requests.slice(1, 3).map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET /buckets/test/keys/jepsen?r=quorum&pr=0&notfound_ok=true&basic_quorum=false&timeout=2000',
    'PUT /buckets/test/keys/jepsen?w=quorum&dw=quorum&pw=0&returnbody=false&timeout=2000',
  ]);
});

test('the final read wants all primaries', async () => {
  const nodes = await startCluster(3);
  const [first] = nodes as [RiakDouble];
  const client = connectTo(first.port, { r: 1, w: 1, dw: 1 });
  expect(await add(client, 1)).toEqual(OK);
  part([nodes.slice(0, 1), nodes.slice(1)], { known: true });
  expect(await read(client)).toEqual({ type: 'fail', error: '503 PR-value unsatisfied: 1/3' });
  await heal(nodes);
  expect(await read(client)).toEqual({ type: 'ok', value: [1] });
});

test('two that have read the same: the servers keep the latest, the other acknowledged one is gone', async () => {
  const { clients } = await diverge({}, {});
  expect(await read(clients[2] as Client)).toEqual({ type: 'ok', value: [2] });
});

describe('siblings', () => {
  test('are united, and the next write replaces them', async () => {
    const { nodes, clients } = await diverge({ defaults: MULT }, { merge: 'union' });
    expect(await read(clients[2] as Client)).toEqual({ type: 'ok', value: [1, 2] });
    await eventually('each has both', () => nodes.every((node) => siblings(node) === 2));
    expect(await add(clients[2] as Client, 3)).toEqual(OK);
    await eventually('each has one', () => nodes.every((node) => siblings(node) === 1));
    expect(await read(clients[0] as Client)).toEqual({ type: 'ok', value: [1, 2, 3] });
  });

  test('or the latest one is taken, and the others thrown away', async () => {
    const { clients } = await diverge({ defaults: MULT }, { merge: 'latest' });
    expect(await read(clients[2] as Client)).toEqual({ type: 'ok', value: [2] });
    expect(await add(clients[2] as Client, 3)).toEqual(OK);
    expect(await read(clients[2] as Client)).toEqual({ type: 'ok', value: [2, 3] });
  });

  test('many at once: nothing is lost', async () => {
    const nodes = await startCluster(3, { defaults: MULT });
    const clients = nodes.flatMap(({ port }) => [1, 2].map(() => connectTo(port, { merge: 'union', r: 1, w: 1 })));
    const elements = Array.from({ length: 5 }, (_, i) => i);
    await Promise.all(
      clients.map(async (client, k) => {
        for (const i of elements) expect(await add(client, 100 * k + i)).toEqual(OK);
      }),
    );
    const all = clients.flatMap((_, k) => elements.map((i) => 100 * k + i));
    expect(await read(clients[0] as Client)).toEqual({ type: 'ok', value: all });
  });
});

test('last_write_wins: the vnodes store what comes, though nobody was concurrent', async () => {
  const nodes = await startCluster(3, { defaults: { n_val: 3, allow_mult: false, last_write_wins: true } });
  const clients = nodes.map(({ port }) => connectTo(port));
  for (const [element, client] of clients.entries()) expect(await add(client, element)).toEqual(OK);
  expect(await read(clients[0] as Client)).toEqual({ type: 'ok', value: [0, 1, 2] });
});

describe('a set of Riak’s own', () => {
  test('is added to without reading, and merged by the servers', async () => {
    const nodes = await startCluster(3, {}, SETS);
    const clients = nodes.map(({ port }) => connectTo(port, { bucket_type: 'sets', dataType: 'set' }));
    expect(await read(clients[0] as Client)).toEqual({ type: 'ok', value: [] });
    await Promise.all(
      [3, 20, 100].map(async (element, i) => expect(await add(clients[i] as Client, element)).toEqual(OK)),
    );
    expect(await read(clients[1] as Client)).toEqual({ type: 'ok', value: [3, 20, 100] });
    expect(written(nodes[0] as RiakDouble)).toEqual([
      expect.objectContaining({
        method: 'POST',
        url: '/types/sets/buckets/test/datatypes/jepsen?w=quorum&dw=quorum&pw=0&returnbody=false&timeout=2000',
      }),
    ]);
  });

  test('of another type than a set is not read as one', async () => {
    const nodes = await startCluster(
      1,
      {},
      { sets: { ...SETS.sets, props: { ...SETS.sets.props, n_val: 1, datatype: 'map' } } },
    );
    const client = connectTo((nodes[0] as RiakDouble).port, { bucket_type: 'sets', dataType: 'set' });
    expect(await add(client, 1)).toEqual(OK);
    expect(await read(client)).toEqual({ type: 'fail', error: 'the bucket type is of map, not of sets' });
  });
});

describe('a counter of Riak’s own', () => {
  const COUNTERS = { counters: { props: { ...MULT, datatype: 'counter' }, active: true } };
  const given = { bucket_type: 'counters', dataType: 'counter', primaries: 'as-set' } as const;
  const start = async (more: object = {}) => {
    const nodes = await startCluster(3, {}, COUNTERS);
    return { nodes, clients: nodes.map(({ port }) => connectTo(port, { ...given, ...more })) };
  };

  test('is 0 before anything was added, and the sum of what all have added and taken away', async () => {
    const { nodes, clients } = await start();
    expect(await read(clients[0] as Client)).toEqual({ type: 'ok', value: 0 });
    await Promise.all(
      [5, -2, 10].map(async (amount, i) => expect(await add(clients[i] as Client, amount)).toEqual(OK)),
    );
    expect(await read(clients[1] as Client)).toEqual({ type: 'ok', value: 13 });
    expect(written(nodes[0] as RiakDouble)).toEqual([
      expect.objectContaining({
        method: 'POST',
        url: '/types/counters/buckets/test/datatypes/jepsen?w=quorum&dw=quorum&pw=0&returnbody=false&timeout=2000',
      }),
    ]);
  });

  test('of two sides that do not hear each other both count, and are one sum after the heal', async () => {
    const { nodes, clients } = await start({ r: 1, w: 1, dw: 1 });
    part([nodes.slice(0, 1), nodes.slice(1)], { known: true });
    expect(await add(clients[0] as Client, 1)).toEqual(OK);
    expect(await add(clients[1] as Client, 10)).toEqual(OK);
    // The other side's is missing: a read is no lower bound, here or there.
    expect(await read(clients[0] as Client)).toEqual({ type: 'ok', value: 1 });
    await heal(nodes);
    await eventually('it is 11', async () => JSON.stringify(await read(clients[2] as Client)).endsWith(':11}'));
  });

  test('sent again after a lost answer it counts twice; sent once, nobody knows', async () => {
    for (const [attempts, outcome, sum] of [
      [1, { type: 'info' }, 1],
      [2, { type: 'info' }, 2],
    ] as const) {
      const { nodes, clients } = await start({ attempts });
      (nodes[0] as RiakDouble).faults.dropAnswer = true;
      expect(await add(clients[0] as Client, 1)).toMatchObject(outcome);
      (nodes[0] as RiakDouble).faults.dropAnswer = false;
      expect(await read(clients[1] as Client)).toEqual({ type: 'ok', value: sum });
    }
  });

  test('of another type than a counter is not read as one', async () => {
    const nodes = await startCluster(3, {}, SETS);
    const client = connectTo((nodes[0] as RiakDouble).port, { ...given, bucket_type: 'sets' });
    expect(await add(connectTo((nodes[0] as RiakDouble).port, { bucket_type: 'sets', dataType: 'set' }), 1)).toEqual(
      OK,
    );
    expect(await read(client)).toEqual({ type: 'fail', error: 'the bucket type is of set, not of counters' });
  });
});

test('a read of set-full wants as many primaries as the plan says, that of set all of them', async () => {
  const nodes = await startCluster(3);
  const [first] = nodes as [RiakDouble];
  const quick = connectTo(first.port, { r: 1, w: 1, dw: 1, primaries: primariesOf('set-full') });
  const final = connectTo(first.port, { r: 1, w: 1, dw: 1, primaries: primariesOf('set') });
  expect(await add(quick, 1)).toEqual(OK);
  part([nodes.slice(0, 1), nodes.slice(1)], { known: true });
  expect(await read(quick)).toEqual({ type: 'ok', value: [1] });
  expect(await read(final)).toMatchObject({ type: 'fail' });
});

test('names with blanks and slashes are one bucket and one key', async () => {
  const nodes = await startCluster(1);
  const client = connectTo((nodes[0] as RiakDouble).port, { bucket: 'a b/c', key: 'ü?&' });
  expect(await add(client, 1)).toEqual(OK);
  expect(await read(client)).toEqual({ type: 'ok', value: [1] });
});

test('notfound_ok off: that a majority has nothing is no answer, unless basic_quorum takes it for one', async () => {
  const nodes = await startCluster(3);
  const given = { notfound_ok: false, pr: 0 } as const;
  const [node] = nodes as [RiakDouble];
  expect(await add(connectTo(node.port, given), 1)).toEqual(OK);
  const [first] = node.requests;
  expect(first?.url).toContain('notfound_ok=false&basic_quorum=false');
  expect(await add(connectTo(node.port, { ...given, basic_quorum: true }), 2)).toEqual(OK);
  expect(node.requests.at(-2)?.url).toContain('basic_quorum=true');
});

test('what no client has written is no set', async () => {
  const nodes = await startCluster(1);
  const { port } = nodes[0] as RiakDouble;
  await fetch(`http://127.0.0.1:${port}/buckets/test/keys/jepsen`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"a": 1}',
  });
  const client = connectTo(port);
  const error = 'the object holds what no client has written: {"a": 1}';
  expect(await read(client)).toEqual({ type: 'fail', error });
  expect(await add(client, 1)).toEqual({ type: 'fail', error });
});

test('a node that does not know of objects yet has not found that there is none', async () => {
  const nodes = await startCluster(1);
  const [node] = nodes as [RiakDouble];
  node.faults.answer = { status: 404, body: '<html><body><h1>Not Found</h1></body></html>' };
  const client = connectTo(node.port);
  const failed = { type: 'fail', error: expect.stringMatching(/^404 <html>/) };
  expect(await read(client)).toEqual(failed);
  expect(await add(client, 1)).toEqual(failed);
  expect(written(node)).toEqual([]);
});

test('comes from its own address', async () => {
  const nodes = await startCluster(1);
  const [node] = nodes as [RiakDouble];
  await add(connectTo(node.port, { localAddress: '127.0.0.77' }), 1);
  expect(node.requests.map(({ from }) => from)).toEqual(['127.0.0.77', '127.0.0.77']);
});

test('cannot be asked for what one node has', async () => {
  const client = connectTo(1);
  expect(await client.invoke({ f: 'read-node', value: ['n1', null] })).toEqual({
    type: 'fail',
    error: 'Riak cannot be asked for what one node has',
  });
});

describe('a write that has no answer', () => {
  /** Its first node is slow from now on. */
  async function slow(given: object = {}) {
    const nodes = await startCluster(3);
    const [node] = nodes as [RiakDouble];
    const client = connectTo(node.port, given);
    expect(await add(client, 1)).toEqual(OK);
    node.requests.length = 0;
    return { node, client };
  }

  test('is sent once; client_attempts sends it again, the same, and what comes of that is unknown', async () => {
    for (const attempts of [1, 3]) {
      const { node, client } = await slow({ attempts });
      node.faults.dropAnswer = true;
      expect(await add(client, 2)).toMatchObject({ type: 'info' });
      expect(written(node)).toHaveLength(attempts);
    }
  });

  test('is sent again, and ok when that is answered', async () => {
    const { node, client } = await slow({ attempts: 2 });
    node.faults.dropAnswer = true;
    const adding = add(client, 2);
    await eventually('the first try was carried out', () => elementsOf(node).includes(2));
    node.faults.dropAnswer = false;
    // Which of the two it was that was answered, nobody cares.
    expect(['ok', 'info']).toContain((await adding).type);
    expect(await read(client)).toEqual({ type: 'ok', value: [1, 2] });
  });

  test('a refusal is an answer: it is not sent again', async () => {
    const { node } = await slow();
    expect(await add(connectTo(node.port, { attempts: 4, w: 4 }), 2)).toEqual({
      type: 'fail',
      error: expect.stringMatching(/^400 /),
    });
    expect(written(node)).toHaveLength(1);
  });

  test('is not sent any more where the client was closed before, with cancel', async () => {
    const { node, client } = await slow();
    node.faults.slowMs = 100;
    const adding = add(client, 2);
    await eventually('it reads', () => node.requests.length === 1);
    await client.close();
    expect(await adding).toMatchObject({ type: 'fail' });
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(written(node)).toEqual([]);
  });

  test('is sent all the same, with go_on', async () => {
    const { node, client } = await slow({ goesOn: true });
    node.faults.slowMs = 50;
    const adding = add(client, 2);
    await eventually('it reads', () => node.requests.length === 1);
    await client.close();
    expect(await adding).toEqual(OK);
    expect(elementsOf(node)).toContain(2);
  });

  test('is given up by the client itself after client_timeout, which gives the lock back', async () => {
    const lock = new Lock();
    const { node, client } = await slow({ lock, timeoutMs: 100 });
    const other = connectTo(node.port, { lock });
    node.faults.slowMs = 1_000;
    const giving = add(client, 2);
    const waiting = add(other, 3);
    expect(await giving).toEqual({ type: 'info', error: 'timeout: nothing within 100 ms' });
    node.faults.slowMs = 0;
    expect(await waiting).toEqual(OK);
    expect(await read(other)).toEqual({ type: 'ok', value: [1, 3] });
  });
});

describe('the lock', () => {
  test('has clients read and write back one at a time: nothing is lost though the servers keep one version', async () => {
    const nodes = await startCluster(3);
    const lock = new Lock();
    const clients = nodes.map(({ port }) => connectTo(port, { lock }));
    await Promise.all(
      clients.map(async (client, k) => {
        for (let i = 0; i < 10; i++) expect(await add(client, 10 * k + i)).toEqual(OK);
      }),
    );
    expect(await read(clients[0] as Client)).toEqual({ type: 'ok', value: Array.from({ length: 30 }, (_, i) => i) });
  });

  test('without it, some are', async () => {
    const nodes = await startCluster(3);
    const clients = nodes.map(({ port }) => connectTo(port));
    for (let i = 0; i < 10; i++) await Promise.all(clients.map((client, k) => add(client, 10 * k + i)));
    const { value } = (await read(clients[0] as Client)) as { value: number[] };
    expect(value.length).toBeLessThan(30);
  });

  test('is not held by who was closed while waiting', async () => {
    const nodes = await startCluster(1);
    const [node] = nodes as [RiakDouble];
    const lock = new Lock();
    const [one, two, three] = [1, 2, 3].map(() => connectTo(node.port, { lock })) as [Client, Client, Client];
    node.faults.slowMs = 50;
    const first = add(one, 1);
    add(two, 2);
    await two.close();
    expect(await first).toEqual(OK);
    expect(await add(three, 3)).toEqual(OK);
    expect(await read(three)).toEqual({ type: 'ok', value: [1, 3] });
  });
});
