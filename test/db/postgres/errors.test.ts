/** The error table, each line provoked: by a real server in that state, or by what a client of one can be made to see. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SimError } from '../../../src/contract/index.ts';
import { classify, ERRORS, SqlError } from '../../../src/db/postgres/errors.ts';
import { becomesReady, eventually } from '../eventually.ts';
import { add, type Bench, deployOn, OK, read, verify } from './bench.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/** States that a test has provoked, with the stage. */
const seen = new Set<string>();

function expectOutcome(outcome: unknown, type: 'fail' | 'info', state: string, stage: 'before' | 'sent'): void {
  expect(outcome).toMatchObject({ type, error: expect.stringContaining(`(${state})`) });
  seen.add(`${state} ${stage}`);
}

let bench: Bench;
beforeAll(async () => {
  bench = await deployOn(1, { max_connections: 3, password: 'right' });
});
afterAll(() => bench.remove());

const sessions = "FROM pg_stat_activity WHERE usename = 'plan_run'";
const waiting = `SELECT pid ${sessions} AND wait_event_type = 'Lock'`;

/** Runs an operation that waits for a lock on the table, and something else meanwhile. */
async function whileItWaits(op: { f: string; value: unknown }, act: (pid: unknown) => Promise<unknown>) {
  const session = await bench.superuser();
  await session.query('BEGIN; LOCK TABLE set_app IN EXCLUSIVE MODE');
  const client = bench.client();
  await client.open();
  const invoked = client.invoke(op);
  await eventually('it waits', async () => (await bench.sql(waiting)).length > 0);
  const [{ pid } = {}] = await bench.sql(waiting);
  await act(pid);
  const outcome = await invoked;
  await session.query('ROLLBACK');
  await session.end();
  client.close();
  await allGone();
  return outcome;
}

const allGone = () =>
  eventually('no client is there', async () => (await bench.sql(`SELECT 1 ${sessions}`)).length === 0);
const has = async (element: number) => (await bench.sql(`SELECT 1 FROM set_app WHERE element = ${element}`)).length > 0;

describe('before anything was sent', () => {
  test('28P01: a wrong password', async () => {
    expectOutcome(await bench.client({ password: 'wrong' }).invoke(add(1)), 'fail', '28P01', 'before');
  });

  test('28000: a user who may not log in', async () => {
    await bench.sql('ALTER ROLE plan_run NOLOGIN');
    expectOutcome(await bench.client().invoke(add(1)), 'fail', '28000', 'before');
    await bench.sql('ALTER ROLE plan_run LOGIN');
  });

  test('53300: as many clients as max_connections, and no more; the superuser still gets in', async () => {
    const clients = [1, 2, 3, 4].map(() => bench.client());
    const outcomes: unknown[] = [];
    for (const client of clients) outcomes.push(await client.invoke(read));
    expect(outcomes.slice(0, 3)).toEqual(Array(3).fill({ type: 'ok', value: [] }));
    expectOutcome(outcomes[3], 'fail', '53300', 'before');
    // Who is in reads the node over the connection that it has.
    const all = { f: 'read-node', value: ['n1', null] };
    expect(await clients[0]!.invoke(all)).toEqual({ type: 'ok', value: ['n1', []] });
    expect(await bench.cluster.ready()).toBeUndefined();
    for (const client of clients) client.close();
    await allGone();
  });

  test('57P03: the server is shutting down', async () => {
    // A client that is at work holds up a smart shutdown, which takes nobody in.
    const session = await bench.superuser();
    const [node] = bench.nodes;
    await node!.signal('postgres', 'TERM');
    const client = bench.client();
    await eventually('nobody is let in', async () => {
      const outcome = await client.invoke(add(1));
      if (outcome.type === 'ok') return false;
      expectOutcome(outcome, 'fail', '57P03', 'before');
      return true;
    });
    client.close();
    await session.end();
    await bench.cluster.stop('n1');
    expectOutcome(await bench.client().invoke(add(2)), 'fail', '08001', 'before');
    await bench.cluster.start('n1');
    await becomesReady(bench.cluster);
    await bench.sql('TRUNCATE set_app');
  });
});

describe('rolled back, and the server says so', () => {
  test('25006: a transaction that may only read', async () => {
    await bench.sql('ALTER ROLE plan_run SET default_transaction_read_only = on');
    expectOutcome(await bench.client().invoke(add(3)), 'fail', '25006', 'sent');
    await bench.sql('ALTER ROLE plan_run RESET default_transaction_read_only');
    expect(await has(3)).toBe(false);
  });

  test('40001: a row that came after the snapshot', async () => {
    const session = await bench.superuser();
    await session.query("BEGIN; INSERT INTO set_app VALUES ('add 4', NULL)");
    const client = bench.client({ isolation: 'repeatable_read' });
    const adding = client.invoke(add(4));
    await eventually('it waits', async () => (await bench.sql(waiting)).length > 0);
    await session.query('COMMIT');
    expectOutcome(await adding, 'fail', '40001', 'sent');
    await session.end();
    client.close();
    await allGone();
    expect(await has(4)).toBe(false);
  });

  test('40P01: a deadlock', async () => {
    const session = await bench.superuser();
    await session.query(
      "SET deadlock_timeout = '1min'; BEGIN; INSERT INTO lists VALUES (1, '{0}'), (2, '{0}'); COMMIT",
    );
    await session.query('BEGIN; UPDATE lists SET elements = elements || 1 WHERE key = 2');
    const client = bench.client({ workload: 'append' });
    const under = client.invoke({
      f: 'txn',
      value: [
        ['append', 1, 5],
        ['append', 2, 5],
      ],
    });
    await eventually('it waits', async () => (await bench.sql(waiting)).length > 0);
    const closing = session.query('UPDATE lists SET elements = elements || 1 WHERE key = 1');
    const outcome = await under;
    // Before its COMMIT it is nothing, whatever happens.
    expect(outcome).toMatchObject({ type: 'fail', error: expect.stringContaining('(40P01)') });
    await closing;
    await session.query('COMMIT');
    expect(await bench.sql('SELECT elements FROM lists ORDER BY key')).toEqual([
      { elements: [0, 1] },
      { elements: [0, 1] },
    ]);
    await session.end();
    client.close();
    await allGone();
  });

  test.each([
    ['40P01', 'deadlock_detected'],
    ['23505', 'unique_violation'],
    ['53100', 'disk_full'],
  ])('%s (%s): raised while the row is inserted', async (state, condition) => {
    await bench.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE ${condition}; END $$; CREATE TRIGGER refuse AFTER INSERT ON set_app FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const client = bench.client();
    expectOutcome(await client.invoke(add(6)), 'fail', state, 'sent');
    await bench.sql('DROP TRIGGER refuse ON set_app; DROP FUNCTION refuse');
    expect(await has(6)).toBe(false);
    expect(await client.invoke(add(6))).toEqual(OK);
    client.close();
    await bench.sql('DELETE FROM set_app WHERE element = 6');
    await allGone();
  });

  test('57014: a statement that is cancelled', async () => {
    const outcome = await whileItWaits(add(7), (pid) => bench.sql(`SELECT pg_cancel_backend(${pid})`));
    expectOutcome(outcome, 'fail', '57014', 'sent');
    expect(await has(7)).toBe(false);
  });
});

describe('nobody knows', () => {
  test('57P01: a session that is ended at its statement', async () => {
    const outcome = await whileItWaits(add(8), (pid) => bench.sql(`SELECT pg_terminate_backend(${pid})`));
    expectOutcome(outcome, 'info', '57P01', 'sent');
  });

  test('08006: a server that is killed at the statement', async () => {
    const outcome = await (async () => {
      const session = await bench.superuser();
      await session.query('BEGIN; LOCK TABLE set_app IN EXCLUSIVE MODE');
      const client = bench.client();
      await client.open();
      const invoked = client.invoke(add(9));
      await eventually('it waits', async () => (await bench.sql(waiting)).length > 0);
      await bench.cluster.kill('n1');
      return invoked;
    })();
    expectOutcome(outcome, 'info', '08006', 'sent');
    await bench.cluster.start('n1');
    await becomesReady(bench.cluster);
  });

  test('XX000: an error in the server itself', async () => {
    await bench.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE internal_error; END $$; CREATE TRIGGER refuse AFTER INSERT ON set_app FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const client = bench.client();
    expectOutcome(await client.invoke(add(10)), 'info', 'XX000', 'sent');
    await bench.sql('DROP TRIGGER refuse ON set_app; DROP FUNCTION refuse');
    client.close();
    await allGone();
  });

  test('01000: a wait for a standby that is cancelled is committed here, and no acknowledgement', async () => {
    await bench.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await bench.sql('SELECT pg_reload_conf()');
    await eventually(
      'it is so',
      async () => (await bench.sql('SHOW synchronous_standby_names'))[0]?.synchronous_standby_names === 'nobody',
    );
    const syncing = `SELECT pid ${sessions} AND wait_event = 'SyncRep'`;
    for (const [op, type] of [
      [add(11), 'info'],
      // Who verifies can ask again.
      [verify(12), 'fail'],
    ] as const) {
      const client = bench.client();
      const invoked = client.invoke(op);
      await eventually('it waits for the standby', async () => (await bench.sql(syncing)).length > 0);
      await bench.sql(`SELECT pg_cancel_backend(pid) ${sessions}`);
      expectOutcome(await invoked, type, '01000', 'sent');
      client.close();
      await allGone();
    }
    expect(await has(11)).toBe(true);
    await bench.sql('ALTER SYSTEM RESET synchronous_standby_names');
    await bench.sql('SELECT pg_reload_conf()');
  });

  test('an error that is no server’s', () => {
    for (const error of [new SqlError('99999', 'no'), new SimError('ECONNRESET', 'no'), new Error('odd')])
      expect(classify(error, 'sent')).toEqual({ type: 'info', error: error.message });
  });

  test('a session that is over does not say what became of its statement', () => {
    expect(classify(new SqlError('53100', 'no', 'PANIC'), 'sent').type).toBe('info');
  });
});

test('every line was provoked, once each in the table, and says why and where that is written', () => {
  const lines = ERRORS.map(({ state, stage }) => `${state} ${stage}`);
  expect(new Set(lines).size).toBe(lines.length);
  expect([...seen].sort()).toEqual(lines.sort());
  for (const { reason, source, state, stage, outcome } of ERRORS) {
    expect(classify(new SqlError(state, 'no'), stage).type).toBe(outcome);
    expect(reason.length).toBeGreaterThan(10);
    expect(source).toMatch(/pgjdbc|\.c\b|manual/);
  }
});
