/** What a client asks of a real server, and what it makes of the answers; a transport that is cut between the two. */

import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { becomesReady, eventually } from '../eventually.ts';
import { add, type Bench, deployOn, OK, read, readNode, verify } from './bench.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let bench: Bench;
beforeAll(async () => {
  bench = await deployOn(1);
});
afterAll(() => bench.remove());
afterEach(() => bench.sql('TRUNCATE set_app, lists'));

const present = async (element: number) =>
  (await bench.sql(`SELECT 1 FROM set_app WHERE element = ${element}`)).length > 0;

/** Between a client and n1: answers can be held back, those to a request with `after` in it, too; and requests be lost. */
async function gate(after?: string): Promise<{
  port: number;
  host: string;
  hold(what: 'answers' | 'requests' | 'nothing'): void;
  isHolding(): boolean;
  cut(): void;
}> {
  let held: 'answers' | 'requests' | 'nothing' = 'nothing';
  const sockets: Socket[] = [];
  const late: (() => void)[] = [];
  const server: Server = createServer((client) => {
    const upstream = dial({ host: bench.nodes[0]!.address, port: 5432 });
    sockets.push(client, upstream);
    client.on('data', (bytes) => {
      if (after !== undefined && bytes.includes(after)) held = 'answers';
      if (held !== 'requests') upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (held === 'answers') late.push(() => client.write(bytes));
      else client.write(bytes);
    });
    for (const one of [client, upstream]) one.on('error', () => {});
    // The server keeps its session when the client has gone, as behind a network that is cut.
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  gates.push(server);
  const { port } = server.address() as { port: number };
  return {
    ...{ port, host: '127.0.0.1' },
    hold: (what) => {
      held = what;
      if (what === 'nothing') for (const send of late.splice(0)) send();
    },
    isHolding: () => late.length > 0,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
const gates: Server[] = [];
afterAll(() => {
  for (const server of gates) server.close();
});

describe('the set', () => {
  test('adds, and reads what was added, sorted', async () => {
    const client = bench.client();
    for (const value of [10, 9, 2, 1]) expect(await client.invoke(add(value))).toEqual(OK);
    expect(await client.invoke(read)).toEqual({ type: 'ok', value: [1, 2, 9, 10] });
    expect(await client.invoke(readNode('n1'))).toEqual({ type: 'ok', value: ['n1', [1, 2, 9, 10]] });
    expect(await client.invoke(readNode('n9'))).toMatchObject({ type: 'fail' });
  });

  test('an element that is added again is there once, and is said to be there', async () => {
    const client = bench.client();
    expect(await client.invoke(add(1))).toEqual(OK);
    expect(await client.invoke(add(1))).toEqual(OK);
    expect(await client.invoke(read)).toEqual({ type: 'ok', value: [1] });
  });

  test('verify tells what is there from what never will be, and keeps off what comes later', async () => {
    const client = bench.client();
    expect(await client.invoke(add(1))).toEqual(OK);
    expect(await client.invoke(verify(1))).toEqual({ type: 'ok', value: [1, true] });
    expect(await client.invoke(verify(2))).toEqual({ type: 'ok', value: [2, false] });
    expect(await client.invoke(add(2))).toMatchObject({ type: 'fail', error: expect.stringContaining('"add 2"') });
    expect(await client.invoke(verify(2))).toEqual({ type: 'ok', value: [2, false] });
    expect(await client.invoke(read)).toEqual({ type: 'ok', value: [1] });
  });

  test('a fence waits for a commit that is under way', async () => {
    const session = await bench.superuser();
    await session.query("BEGIN; INSERT INTO set_app VALUES ('add 7', 7)");
    let found: unknown;
    const looking = bench.client().invoke(verify(7));
    looking.then((outcome) => {
      found = outcome;
    });
    const waits = "SELECT 1 FROM pg_stat_activity WHERE usename = 'plan_run' AND wait_event = 'transactionid'";
    await eventually('the fence waits', async () => (await bench.sql(waits)).length > 0);
    expect(found).toBeUndefined();
    await session.query('COMMIT');
    expect(await looking).toEqual({ type: 'ok', value: [7, true] });
  });

  test('a fence is on the disk before it is believed, whatever the server’s setting is', async () => {
    const session = await bench.superuser();
    await session.query('ALTER SYSTEM SET synchronous_commit = off');
    await session.query('SELECT pg_reload_conf()');
    const seen = "CREATE TABLE seen AS SELECT ''::text AS setting; ALTER TABLE seen OWNER TO plan_run;";
    await session.query(`${seen} CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN UPDATE seen SET setting = current_setting('synchronous_commit'); RETURN new; END $$;
      CREATE TRIGGER note BEFORE INSERT ON set_app FOR EACH ROW EXECUTE FUNCTION note()`);
    try {
      const setting = async () => (await bench.sql('SELECT setting FROM seen'))[0]?.setting;
      const client = bench.client();
      await eventually('it is off', async () => {
        const rows = await bench.sql("SELECT current_setting('synchronous_commit') AS setting");
        return rows[0]?.setting === 'off';
      });
      await client.invoke(add(1));
      expect(await setting()).toBe('off');
      await client.invoke(verify(2));
      expect(await setting()).toBe('on');
      await client.invoke(add(3));
      expect(await setting()).toBe('off');
    } finally {
      await session.query('DROP TRIGGER note ON set_app; DROP FUNCTION note; DROP TABLE seen');
      await session.query('ALTER SYSTEM RESET synchronous_commit');
      await session.query('SELECT pg_reload_conf()');
    }
  });
});

describe('a network that is cut', () => {
  test('an INSERT without an answer is info, though it is committed; the next one goes over a new connection', async () => {
    const { hold, cut, ...server } = await gate();
    const client = bench.client({ servers: [{ node: 'n1', ...server }], socketTimeoutMs: 300 });
    expect(await client.invoke(add(1))).toEqual(OK);
    hold('answers');
    expect(await client.invoke(add(2))).toEqual({ type: 'info', error: 'no answer within 300 ms (08006)' });
    await eventually('it is there', () => present(2));
    hold('nothing');
    expect(await client.invoke(add(3))).toEqual(OK);
    cut();
  });

  test('an INSERT that never came is info, too; verify over another way puts a fence', async () => {
    const { hold, ...server } = await gate();
    const client = bench.client({ servers: [{ node: 'n1', ...server }], socketTimeoutMs: 300 });
    expect(await client.invoke(add(1))).toEqual(OK);
    hold('requests');
    expect(await client.invoke(add(2))).toMatchObject({ type: 'info' });
    expect(await present(2)).toBe(false);
    expect(await bench.client().invoke(verify(2))).toEqual({ type: 'ok', value: [2, false] });
  });

  test('a login without an answer is fail: nothing was sent', async () => {
    const { hold, ...server } = await gate();
    hold('answers');
    const client = bench.client({ servers: [{ node: 'n1', ...server }], connectTimeoutMs: 300 });
    expect(await client.invoke(add(1))).toEqual({
      ...{ type: 'fail', error: `no connection to 127.0.0.1:${server.port} within 300 ms (08001)` },
    });
  });

  test.each([
    ['logs in', undefined],
    ['asks who is primary', 'pg_is_in_recovery'],
  ])('a client that is closed while it %s sends nothing any more', async (_, after) => {
    const { hold, isHolding, cut, ...server } = await gate(after);
    if (after === undefined) hold('answers');
    const client = bench.client({ servers: [{ node: 'n1', ...server }] });
    const adding = client.invoke(add(1));
    await eventually('an answer is held back', async () => isHolding());
    client.close();
    hold('nothing');
    expect(await adding).toMatchObject({ type: 'fail' });
    expect(await client.invoke(add(2))).toMatchObject({ type: 'fail' });
    await eventually('its session is over', async () => {
      const rows = await bench.sql("SELECT 1 FROM pg_stat_activity WHERE usename = 'plan_run' AND state = 'active'");
      return rows.length === 0;
    });
    for (const element of [1, 2]) expect(await present(element)).toBe(false);
    cut();
  });

  test('a client that is closed while its INSERT is under way does not know', async () => {
    const session = await bench.superuser();
    await session.query('BEGIN; LOCK TABLE set_app IN EXCLUSIVE MODE');
    const client = bench.client();
    await client.open();
    const adding = client.invoke(add(5));
    const waits = "SELECT 1 FROM pg_stat_activity WHERE usename = 'plan_run' AND wait_event_type = 'Lock'";
    await eventually('the INSERT waits', async () => (await bench.sql(waits)).length > 0);
    client.close();
    expect(await adding).toEqual({ type: 'info', error: 'the client was closed (08006)' });
    await session.query('COMMIT');
    await eventually('it was carried out all the same', () => present(5));
  });
});

describe('isolation', () => {
  test.each(['read_committed', 'repeatable_read', 'serializable'] as const)(
    '%s, by the server’s own word',
    async (isolation) => {
      const client = bench.client({ isolation });
      const level = isolation.replace('_', ' ');
      const seen = "CREATE TABLE seen AS SELECT ''::text AS level; ALTER TABLE seen OWNER TO plan_run;";
      await bench.sql(`${seen} CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN UPDATE seen SET level = current_setting('transaction_isolation'); RETURN new; END $$;
      CREATE TRIGGER note_set BEFORE INSERT ON set_app FOR EACH ROW EXECUTE FUNCTION note();
      CREATE TRIGGER note_lists BEFORE INSERT ON lists FOR EACH ROW EXECUTE FUNCTION note()`);
      try {
        expect(await client.invoke(add(1))).toEqual(OK);
        expect(await bench.sql('SELECT level FROM seen')).toEqual([{ level }]);
        await bench.sql("UPDATE seen SET level = ''");
        const lists = bench.client({ isolation, workload: 'append' });
        expect(await lists.invoke({ f: 'txn', value: [['append', 1, 1]] })).toMatchObject({ type: 'ok' });
        expect(await bench.sql('SELECT level FROM seen')).toEqual([{ level }]);
      } finally {
        await bench.sql(
          'DROP TRIGGER note_set ON set_app; DROP TRIGGER note_lists ON lists; DROP FUNCTION note; DROP TABLE seen',
        );
      }
    },
  );
});

/** What a client says to `f`, by an operation of `workload`. */
const asks =
  (workload: string, changes: Parameters<Bench['client']>[0] = {}, client = bench.client({ workload, ...changes })) =>
  (f: string, value: unknown) =>
    client.invoke({ f, value });

describe('registers', () => {
  test('null, what was written, what was swapped; of a node itself', async () => {
    const [one, other] = [asks('register'), asks('register')];
    expect(await one('read', [7, null])).toEqual({ type: 'ok', value: [7, null] });
    expect(await one('cas', [7, [0, 1]])).toEqual({ type: 'fail', error: 'it is not 0' });
    for (const value of [5, 0]) expect(await one('write', [7, value])).toEqual(OK);
    expect(await other('cas', [7, [0, 1]])).toEqual(OK);
    expect(await one('cas', [7, [0, 2]])).toMatchObject({ type: 'fail' });
    expect(await one('read', [7, null])).toEqual({ type: 'ok', value: [7, 1] });
    expect(await one('read-node', [7, ['n1', null]])).toEqual({ type: 'ok', value: [7, ['n1', 1]] });
    expect(await one('read-node', [7, ['n9', null]])).toMatchObject({ type: 'fail' });
  });

  test('a cas that waits for another transaction looks at the value again when that has ended', async () => {
    const [swapping, writing] = [asks('register'), asks('register')];
    await writing('write', [1, 1]);
    const session = await bench.superuser();
    await session.query('BEGIN; UPDATE registers SET value = 2 WHERE key = 1');
    const under = swapping('cas', [1, [1, 3]]);
    await eventually('it waits', async () => (await bench.sql(WAITS)).length > 0);
    await session.query('COMMIT');
    expect(await under).toMatchObject({ type: 'fail' });
    expect(await writing('read', [1, null])).toEqual({ type: 'ok', value: [1, 2] });
  });
});

const WAITS = "SELECT 1 FROM pg_stat_activity WHERE usename = 'plan_run' AND wait_event = 'transactionid'";

test('a counter, a number that grows, and ids, by many at once', async () => {
  const together = async (workload: string, f: string, value: unknown) =>
    (
      await Promise.all(
        [1, 2, 3].map(async () => {
          const ask = asks(workload);
          return [await ask(f, value), await ask(f, value), await ask(f, value)];
        }),
      )
    ).flatMap((outcomes) => outcomes.map((outcome) => ('value' in outcome ? (outcome.value as number) : undefined)));
  const oneToNine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  await together('counter', 'add', -3);
  expect(await asks('counter')('read', null)).toEqual({ type: 'ok', value: -27 });
  expect((await together('monotonic', 'increment', null)).sort()).toEqual(oneToNine);
  expect(await asks('monotonic')('read', null)).toEqual({ type: 'ok', value: 9 });
  expect((await together('unique-ids', 'generate', null)).sort()).toEqual(oneToNine);
});

test('a queue passes over what others are taking, gives each element once, and the rest to whoever drains it', async () => {
  const [one, other] = [asks('queue'), asks('queue')];
  expect(await one('dequeue', null)).toMatchObject({ type: 'fail' });
  for (const element of [4, 3, 2, 1]) expect(await one('enqueue', element)).toEqual(OK);
  const session = await bench.superuser();
  await session.query('BEGIN; SELECT * FROM queue ORDER BY id LIMIT 1 FOR UPDATE');
  expect(await other('dequeue', null)).toEqual({ type: 'ok', value: 3 });
  await session.query('ROLLBACK');
  expect(await other('dequeue', null)).toEqual({ type: 'ok', value: 4 });
  expect(await one('drain', null)).toEqual({ type: 'ok', value: [2, 1] });
  expect(await one('drain', null)).toEqual({ type: 'ok', value: [] });
});

test('messages come once, also those that were numbered earlier and committed later; those nobody has heard of come again', async () => {
  const inbox = {};
  const [receive, sender] = [asks('messages', { inbox }), asks('messages')];
  expect(await receive('receive', null)).toEqual({ type: 'ok', value: [] });
  const session = await bench.superuser();
  await session.query('BEGIN; INSERT INTO messages (sender, n) VALUES (2, 0)');
  for (const n of [0, 1]) expect(await sender('send', [1, n])).toEqual(OK);
  const [one, two, late] = [
    [1, 0],
    [1, 1],
    [2, 0],
  ];
  expect(await receive('receive', null)).toEqual({ type: 'ok', value: [one, two] });
  await session.query('COMMIT');
  // The first client was given up before it could say that it has the two.
  const second = asks('messages', { inbox });
  expect(await second('receive', null)).toEqual({ type: 'ok', value: [late, one, two] });
  await sender('send', [1, 2]);
  expect(await second('receive', null)).toEqual({ type: 'ok', value: [[1, 2]] });
  // One that is committed when a greater number has been received already.
  await session.query('BEGIN; INSERT INTO messages (sender, n) VALUES (2, 1)');
  await sender('send', [1, 3]);
  expect(await second('receive', null)).toEqual({ type: 'ok', value: [[1, 3]] });
  await session.query('COMMIT');
  expect(await second('receive', null)).toEqual({ type: 'ok', value: [[2, 1]] });
  expect(await second('receive', null)).toEqual({ type: 'ok', value: [] });
  expect(await asks('messages', { inbox })('drain', null)).toEqual({ type: 'ok', value: [] });
});

test('a receive that has no answer has taken nothing: fail', async () => {
  const session = await bench.superuser();
  await session.query('BEGIN; LOCK TABLE messages');
  expect(await asks('messages', { socketTimeoutMs: 300 })('receive', null)).toMatchObject({ type: 'fail' });
  await session.query('ROLLBACK');
});

describe('a lock', () => {
  test('is one session’s, by a token that grows; whose session is over has not released it, and does not have it', async () => {
    const client = bench.client({ workload: 'lock' });
    const [one, other] = [asks('lock', {}, client), asks('lock')];
    expect(await one('acquire', null)).toEqual({ type: 'ok', value: 1 });
    expect(await other('acquire', null)).toEqual({ type: 'fail', error: 'another session has it' });
    expect(await other('release', 1)).toMatchObject({ type: 'info' });
    expect(await one('release', 1)).toEqual(OK);
    expect(await other('acquire', null)).toEqual({ type: 'ok', value: 2 });
    expect(await other('release', 2)).toEqual(OK);
    expect(await one('acquire', null)).toEqual({ type: 'ok', value: 3 });
    await bench.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'plan_run'");
    await eventually('another has it', async () => (await other('acquire', null)).type === 'ok');
    expect(await one('release', 3)).toMatchObject({ type: 'info', error: expect.stringMatching(/session .* is over/) });
    expect(await other('release', 4)).toEqual(OK);
  });

  test('that cannot be had for an error is not held: the session ends with it', async () => {
    await bench.sql('ALTER SEQUENCE tokens RENAME TO gone');
    const [one, other] = [asks('lock'), asks('lock')];
    expect(await one('acquire', null)).toMatchObject({ type: 'info', error: expect.stringContaining('(42P01)') });
    await bench.sql('ALTER SEQUENCE gone RENAME TO tokens');
    await eventually('another has it', async () => (await other('acquire', null)).type === 'ok');
  });
});

/** Workload, operation, value. */
type Ask = [string, string, unknown];

test('without an answer, what changes something is info, and what does not is fail', async () => {
  const { hold, cut, ...server } = await gate();
  const changes: Ask[] = [
    ['register', 'write', [1, 1]],
    ['register', 'cas', [1, [1, 2]]],
    ['counter', 'add', 1],
    ['monotonic', 'increment', null],
    ['unique-ids', 'generate', null],
    ['messages', 'send', [1, 9]],
    ['queue', 'enqueue', 1],
    ['queue', 'dequeue', null],
    ['queue', 'drain', null],
    ['lock', 'acquire', null],
  ];
  const reads: Ask[] = [
    ['register', 'read', [1, null]],
    ['register', 'read-node', [1, ['n1', null]]],
    ['counter', 'read', null],
    ['monotonic', 'read', null],
    ['messages', 'receive', null],
    ['messages', 'drain', null],
  ];
  const clients = await Promise.all(
    [...changes, ...reads].map(async ([workload, f, value]) => {
      const client = bench.client({ workload, servers: [{ node: 'n1', ...server }], socketTimeoutMs: 500 });
      await client.open();
      return { client, workload, f, value };
    }),
  );
  hold('answers');
  const outcomes = await Promise.all(
    clients.map(async ({ client, workload, f, value }) => [workload, f, (await client.invoke({ f, value })).type]),
  );
  expect(outcomes).toEqual([
    ...changes.map(([workload, f]) => [workload, f, 'info']),
    ...reads.map(([workload, f]) => [workload, f, 'fail']),
  ]);
  cut();
  await bench.sql('TRUNCATE queue, messages, registers');
});

describe('transactions on lists', () => {
  const txn = (...value: unknown[]) => ({ f: 'txn', value });

  test('append, and read what is there, their own appends too', async () => {
    const client = bench.client({ workload: 'append', isolation: 'serializable' });
    const given = [
      ['r', 1, null],
      ['append', 1, 5],
      ['append', 1, 6],
      ['append', 2, 1],
      ['r', 1, null],
    ];
    expect(await client.invoke(txn(...given))).toEqual({
      ...{
        type: 'ok',
        value: [
          ['r', 1, []],
          ['append', 1, 5],
          ['append', 1, 6],
          ['append', 2, 1],
          ['r', 1, [5, 6]],
        ],
      },
    });
    expect(await client.invoke(txn(['append', 1, 7], ['r', 1, null], ['r', 2, null]))).toEqual({
      ...{
        type: 'ok',
        value: [
          ['append', 1, 7],
          ['r', 1, [5, 6, 7]],
          ['r', 2, [1]],
        ],
      },
    });
  });

  test('one that cannot be serialized is fail, nothing of it stays, and the connection goes on', async () => {
    const session = await bench.superuser();
    const client = bench.client({ workload: 'append', isolation: 'serializable' });
    await client.invoke(txn(['append', 1, 1]));
    // A row that somebody else changes and commits while the transaction waits for it.
    await session.query('BEGIN; UPDATE lists SET elements = elements || 2 WHERE key = 1');
    const under = client.invoke(txn(['append', 9, 9], ['append', 1, 3]));
    const waits = "SELECT pid FROM pg_stat_activity WHERE usename = 'plan_run' AND wait_event = 'transactionid'";
    await eventually('it waits', async () => (await bench.sql(waits)).length > 0);
    const [{ pid } = {}] = await bench.sql(waits);
    await session.query('COMMIT');
    expect(await under).toMatchObject({ type: 'fail', error: expect.stringContaining('(40001)') });
    expect(await client.invoke(txn(['r', 1, null], ['r', 9, null]))).toMatchObject({
      ...{
        type: 'ok',
        value: [
          ['r', 1, [1, 2]],
          ['r', 9, []],
        ],
      },
    });
    const [{ pid: now } = {}] = await bench.sql(
      `SELECT pid FROM pg_stat_activity WHERE usename = 'plan_run' AND pid = ${pid}`,
    );
    expect(now).toBe(pid);
  });

  test('without an answer before COMMIT it is fail, and stays away; without one to COMMIT it is info', async () => {
    const session = await bench.superuser();
    const client = bench.client({ workload: 'append', socketTimeoutMs: 500 });
    await client.invoke(txn(['append', 1, 1]));
    await session.query('BEGIN; UPDATE lists SET elements = elements || 2 WHERE key = 1');
    expect(await client.invoke(txn(['append', 1, 3]))).toEqual({
      type: 'fail',
      error: 'no answer within 500 ms (08006)',
    });
    await session.query('COMMIT');
    // Its lock is free when it has ended; and nothing of it is there.
    await eventually(
      'it is over',
      async () =>
        (await bench.sql("SELECT 1 FROM pg_stat_activity WHERE usename = 'plan_run' AND state <> 'idle'")).length === 0,
    );
    expect(await bench.client({ workload: 'append' }).invoke(txn(['r', 1, null]))).toEqual({
      type: 'ok',
      value: [['r', 1, [1, 2]]],
    });

    // A trigger that is put off until COMMIT keeps it busy.
    await session.query(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_sleep(2); RETURN new; END $$;
      CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON lists INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`);
    try {
      expect(await client.invoke(txn(['append', 1, 4]))).toEqual({
        type: 'info',
        error: 'no answer within 500 ms (08006)',
      });
    } finally {
      await session.query('DROP TRIGGER slow ON lists; DROP FUNCTION slow');
    }
    expect(await bench.client({ workload: 'append' }).invoke(txn(['r', 1, null]))).toEqual({
      type: 'ok',
      value: [['r', 1, [1, 2, 4]]],
    });
  });

  test('one that only reads changes nothing, so it is fail whatever happens', async () => {
    const session = await bench.superuser();
    await session.query('BEGIN; LOCK TABLE lists');
    expect(await bench.client({ workload: 'append', socketTimeoutMs: 300 }).invoke(txn(['r', 1, null]))).toMatchObject({
      type: 'fail',
    });
    await session.query('ROLLBACK');
  });
});

test('an idle session that an administrator ends costs nothing: the next operation connects anew', async () => {
  const client = bench.client();
  expect(await client.invoke(add(1))).toEqual(OK);
  await bench.sql("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'plan_run'");
  // Its goodbye has arrived once the test's own, later one, has.
  expect(await client.invoke(add(2))).toEqual(OK);
  await becomesReady(bench.cluster);
});
