/** The error table: each row provoked, the real client's by a server that answers so, 2.4's in the simulator (model/client.test.ts). */

import { describe, expect, test, vi } from 'vitest';
import { SimError } from '../../../src/contract/index.ts';
import type { MongoClientConfig } from '../../../src/db/mongodb/client-connection.ts';
import { classify, codeOf, ERRORS, isRefusal, ServerError } from '../../../src/db/mongodb/errors.ts';
import { eventually } from '../eventually.ts';
import { type Fault, type Member, NOT_PRIMARY } from './double/member.ts';
import { always, faults, type ReplicaSet, startSet } from './set.ts';

vi.setConfig({ testTimeout: 60_000 });

const server = (code: number) => new ServerError({ code, message: 'no' });

test('before anything was sent nothing can have happened', () => {
  for (const error of [server(64), server(11602), new SimError('ECONNRESET', 'read ECONNRESET n1'), new Error('odd')])
    expect(classify(error, 'before')).toEqual({ type: 'fail', error: error.message });
});

test('after that only a refusal says so', () => {
  const refusals = ERRORS.filter(({ outcome }) => outcome === 'fail').map(({ code }) => code);
  expect(refusals).toEqual([10054, 10107, 13435, 13436, 13]);
  for (const { code, outcome } of ERRORS) expect(classify(server(code), 'sent').type).toBe(outcome);
  for (const error of [
    server(1),
    new SimError('ECONNREFUSED', 'no'),
    new SimError('ETIMEDOUT', 'no'),
    new Error('odd'),
  ])
    expect(classify(error, 'sent')).toEqual({ type: 'info', error: error.message });
});

test('each row says why and where that is written', () => {
  const codes = ERRORS.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const { reason, source } of ERRORS) {
    expect(reason.length).toBeGreaterThan(10);
    expect(source).toMatch(/2\.4|error_codes|manual/);
  }
});

test('a code counts where the server has said it, not where the system or a write concern has', () => {
  const named = (name: string, code: unknown) => Object.assign(new Error('no'), { name, code });
  expect(codeOf(named('MongoServerError', 10107))).toBe(10107);
  for (const [name, code] of [
    ['MongoWriteConcernError', 10107],
    ['MongoNetworkError', 10107],
    ['MongoServerError', 'ECONNRESET'],
  ] as const)
    expect(isRefusal(named(name, code))).toBe(false);
});

/** A set of one that has [1]; what comes of adding 2 while its primary does so with each update, one after another. */
async function addAmid(given: readonly Fault[], config: Partial<MongoClientConfig> = {}) {
  const set = await startSet(1);
  const client = set.client({ serverSelectionTimeoutMs: 1_000, ...config });
  expect(await client.invoke({ f: 'add', value: 1 })).toEqual({ type: 'ok' });
  faults(set.primary, 'update', ...given);
  const outcome = await client.invoke({ f: 'add', value: 2 });
  return { outcome, elements: set.primary.elements, sent: set.sent('update').length };
}

const reply = (code: number) => ({ code, codeName: 'Provoked', errmsg: `provoked ${code}` });
const info = (error: RegExp) => ({ type: 'info', error: expect.stringMatching(error) });
const fail = (error: RegExp) => ({ type: 'fail', error: expect.stringMatching(error) });

/** Rows of write concern errors have their own tests below; 2.4's is in the simulator. */
const CONCERNS = [64, 79, 100];
const replies = ERRORS.filter(({ code }) => code !== 10054 && !CONCERNS.includes(code));

/** What each of these does, said once more than in the table. */
const REFUSALS = [10107, 13435, 13436, 13];

test.each(replies)('$code: $outcome, $reason', async ({ code }) => {
  const outcome = REFUSALS.includes(code) ? 'fail' : 'info';
  const fault: Fault = outcome === 'fail' ? { refuse: reply(code) } : { fail: reply(code) };
  const { outcome: ended, elements, sent } = await addAmid([fault]);
  expect(ended).toEqual({ type: outcome, error: `provoked ${code}` });
  // What is `info` has been carried out here: it was no `fail` indeed.
  expect(elements).toEqual(outcome === 'fail' ? [1] : [1, 2]);
  expect(sent).toBe(1);
});

describe('a write concern error: the primary has the write', () => {
  async function addTo(set: ReplicaSet, writeConcern: MongoClientConfig['writeConcern'], wtimeoutMs = 300) {
    const ended = await set.client({ writeConcern, wtimeoutMs }).invoke({ f: 'add', value: 1 });
    expect(set.primary.elements).toEqual([1]);
    return ended;
  }

  test('64: others have not got it in time', async () => {
    const set = await startSet(3);
    for (const member of set.members.slice(1)) member.close();
    expect(await addTo(set, { w: 2, j: false })).toEqual(info(/waiting for replication timed out/));
  });

  test('100: there are not so many members', async () => {
    expect(await addTo(await startSet(1), { w: 2, j: false })).toEqual(info(/Not enough data-bearing nodes/));
  });

  test('189: the primary has stepped down while it waited', async () => {
    const set = await startSet(3);
    for (const member of set.members.slice(1)) member.close();
    const asked = addTo(set, { w: 'majority', j: false }, 60_000);
    await eventually('the primary has it', async () => set.primary.elements.length === 1);
    set.primary.stepDown();
    expect(await asked).toEqual(info(/Primary stepped down while waiting/));
  });

  test.each([79, 10107, 13435, 11602, 91])('%i, whatever its code means elsewhere', async (code) => {
    const { outcome, elements } = await addAmid([{ writeConcernError: reply(code) }]);
    expect(outcome).toEqual(info(new RegExp(`provoked ${code}`)));
    expect(elements).toEqual([1, 2]);
  });
});

test('a write error that is not known is no refusal', async () => {
  const unknown = { ok: 1, n: 0, writeErrors: [{ index: 0, code: 10107, errmsg: 'odd' }] };
  expect((await addAmid([{ answer: unknown }])).outcome).toEqual(info(/odd/));
});

describe('a connection that is lost after a write was sent', () => {
  test.each(['before', 'after'] as const)('%s it was carried out: nobody knows', async (drop) => {
    const { outcome, elements, sent } = await addAmid([{ drop }]);
    expect(outcome).toEqual(info(/connection .* closed/));
    expect(elements).toEqual(drop === 'before' ? [1] : [1, 2]);
    expect(sent).toBe(1);
  });
});

describe('with retryable writes', () => {
  const retryableWrites = true;

  test.each(['before', 'after'] as const)(
    'a write whose connection is lost %s it was carried out is sent once more, and carried out once',
    async (drop) => {
      const { outcome, elements, sent } = await addAmid([{ drop }], { retryableWrites });
      expect({ outcome, elements, sent }).toEqual({ outcome: { type: 'ok' }, elements: [1, 2], sent: 2 });
    },
  );

  test('a second try that is refused says nothing of the first', async () => {
    const { outcome, elements } = await addAmid([{ drop: 'after' }, { refuse: NOT_PRIMARY }], { retryableWrites });
    expect(outcome).toEqual(info(/not primary/));
    expect(elements).toEqual([1, 2]);
  });

  test('nor does one for which there is no primary', async () => {
    const set = await startSet(1);
    const client = set.client({ retryableWrites, serverSelectionTimeoutMs: 1_000 });
    expect(await client.invoke({ f: 'add', value: 1 })).toEqual({ type: 'ok' });
    set.primary.fault = (command) => {
      if (!('update' in command)) return undefined;
      leave(set.primary);
      return { drop: 'after' };
    };
    expect(await client.invoke({ f: 'add', value: 2 })).toEqual(info(/./));
    expect(set.primary.elements).toEqual([1, 2]);
  });

  test('nor does one that finds another document', async () => {
    const none = { ok: 1, n: 0, nModified: 0 };
    const { outcome, sent } = await addAmid([{ drop: 'after' }, { answer: none }], { retryableWrites });
    expect(outcome).toEqual(info(/sent again after no answer: the document is another one by now/));
    expect(sent).toBe(2);
  });

  test('two refusals are one: nothing has happened', async () => {
    const refuse = NOT_PRIMARY;
    const { outcome, elements, sent } = await addAmid([{ refuse }, { refuse }], { retryableWrites });
    expect(outcome).toEqual(fail(/not primary/));
    expect({ elements, sent }).toEqual({ elements: [1], sent: 2 });
  });

  test('a write that found another document after it was refused begins anew', async () => {
    const none = { ok: 1, n: 0, nModified: 0 };
    const { outcome, elements, sent } = await addAmid([{ refuse: NOT_PRIMARY }, { answer: none }], { retryableWrites });
    expect({ outcome, elements, sent }).toEqual({ outcome: { type: 'ok' }, elements: [1, 2], sent: 3 });
  });

  test('what a write concern error beside the first try leaves open the second settles', async () => {
    const { outcome, elements } = await addAmid([{ writeConcernError: reply(91) }], { retryableWrites });
    expect({ outcome, elements }).toEqual({ outcome: { type: 'ok' }, elements: [1, 2] });
  });

  test('a write concern error, and then a refusal: the first try has been carried out', async () => {
    const given = [{ writeConcernError: reply(91) }, { refuse: NOT_PRIMARY }];
    expect((await addAmid(given, { retryableWrites })).outcome).toMatchObject({ type: 'info' });
  });
});

test('a first insert that another one was quicker than begins anew; after a lost try nobody knows', async () => {
  const set = await startSet(1);
  const duplicate = { ok: 1, n: 0, writeErrors: [{ index: 0, code: 11000, errmsg: 'E11000 duplicate key error' }] };
  faults(set.primary, 'insert', { answer: duplicate });
  expect(await set.client().invoke({ f: 'add', value: 1 })).toEqual({ type: 'ok' });
  const other = await startSet(1);
  faults(other.primary, 'insert', { drop: 'after' }, { answer: duplicate });
  expect(await other.client({ retryableWrites: true }).invoke({ f: 'add', value: 1 })).toEqual(
    info(/another one by now/),
  );
});

test('a read has failed, whatever went wrong', async () => {
  const set = await startSet(1);
  const client = set.client();
  for (const fault of [
    { refuse: reply(189) },
    { fail: reply(11602) },
    { drop: 'after' },
    { drop: 'before' },
  ] as Fault[]) {
    always(set.primary, 'find', fault);
    expect(await client.invoke({ f: 'read', value: null })).toMatchObject({ type: 'fail' });
    expect(await client.invoke({ f: 'read-node', value: ['n1', null] })).toMatchObject({ type: 'fail' });
  }
});

/** Steps down, once the command under way has been carried out. */
function leave(member: Member): void {
  setImmediate(() => member.stepDown());
}
