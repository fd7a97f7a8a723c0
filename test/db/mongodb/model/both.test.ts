/** The same schedule under both protocols, and what 2.4 does that the current one does not. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../../src/contract/index.ts';
import type { Member24 } from '../../../../src/db/mongodb/model/v24/member.ts';
import { type Bench, openBench } from './bench.ts';

async function open(nodes: number, settings: object, more: Parameters<typeof openBench>[2] = {}): Promise<Bench> {
  const bench = await openBench(nodes, settings, more);
  return bench;
}

const OLD = { version: '2.4.1' };
const NEW = { version: '7.0' };

/** The outcome of an add that goes on while the test does something else. */
function begin(bench: Bench, client: { invoke(op: { f: string; value: unknown }): unknown }, element: number) {
  const box: { outcome: Outcome | undefined } = { outcome: undefined };
  void Promise.resolve(client.invoke({ f: 'add', value: element })).then((outcome) => {
    box.outcome = outcome as Outcome;
  });
  return { box, ended: () => bench.until(`an end of ${element}`, () => box.outcome !== undefined) };
}

describe('a primary that loses its majority while a write waits for it', () => {
  async function schedule(settings: object): Promise<Outcome | undefined> {
    const bench = await open(5, { write_concern: 'majority', retryable_writes: false, ...settings });
    const client = await bench.client();
    expect((await bench.invoke(client, 'add', 1)).type).toBe('ok');
    await bench.part(['n1', 'n2'], ['n3', 'n4', 'n5']);
    const { box, ended } = begin(bench, client, 2);
    await bench.pass(3_000);
    expect(box.outcome).toBeUndefined();
    await ended();
    expect(bench.member('n1').state).toBe('SECONDARY');
    expect(['n3', 'n4', 'n5'].some((node) => bench.elements(node).includes(2))).toBe(false);
    return box.outcome;
  }

  test('2.4 answers OK', async () => {
    expect(await schedule(OLD)).toEqual({ type: 'ok' });
  });

  test('the current protocol says that it was interrupted', async () => {
    expect(await schedule(NEW)).toEqual({ type: 'info', error: expect.stringMatching(/interrupted.*11602/) });
  });

  test('2.4 answers OK to every one of them', async () => {
    const bench = await open(5, { ...OLD, write_concern: 'majority' });
    const clients = [await bench.client('n1'), await bench.client('n2'), await bench.client('n3')];
    await bench.part(['n1', 'n2'], ['n3', 'n4', 'n5']);
    const begun = [];
    for (const [index, client] of clients.entries()) {
      begun.push(begin(bench, client, index));
      // One after the other: each finds the document that the last one has left.
      await bench.pass(50);
    }
    for (const { ended } of begun) await ended();
    expect(begun.map(({ box }) => box.outcome)).toEqual([{ type: 'ok' }, { type: 'ok' }, { type: 'ok' }]);
    expect(bench.said('sign-off', 'n1').map(({ elements }) => elements)).toEqual([[0], [1], [2]]);
  });
});

/**
 * n3, which is never to be primary, has an acknowledged write that n2 has not, when n1 is gone for good. n2 asks whether
 * anybody is fresher, and n3's answer is lost on the way; its vote is not.
 */
describe('an election where the answer of the fresher member is lost', () => {
  async function schedule(settings: object, stand: (bench: Bench) => void): Promise<Bench> {
    const bench = await open(
      3,
      {
        ...{ priorities: [1, 1, 0], chaining: false, write_concern: 'majority' },
        ...{ heartbeat_interval: '10s', heartbeat_timeout: '5s', election_timeout: '20s', ...settings },
      },
      { sim: { kill: 'machine' } },
    );
    const healBefore = await bench.part(['n1'], ['n2']);
    expect(await bench.invoke(await bench.client(), 'add', 1)).toEqual({ type: 'ok' });
    expect(['n1', 'n2', 'n3'].map((node) => bench.elements(node))).toEqual([[1], [], [1]]);
    await bench.cluster.kill('n1');
    await healBefore();
    await bench.until('n2 finds n1 down', () => bench.said('member-down', 'n2').length > 0);
    await bench.pass(100);
    const heal = await bench.cut(['n3'], ['n2']);
    stand(bench);
    // n2 has waited long enough for n3's answer, but not for its next one.
    await bench.pass(5_050);
    await heal();
    await bench.pass(10_000);
    return bench;
  }

  test('2.4 elects a member without the highest optime, and the write is gone', async () => {
    const bench = await schedule(OLD, ({ member }) => (member('n2') as Member24).manager.checkNewState());
    expect(bench.set.primaries()).toEqual(['n2']);
    expect(bench.said('elected', 'n2').at(-1)?.words).toMatch(/operations that only n3 .* may have are passed over/);
    await bench.until('n3 follows it', () => bench.elements('n3').length === 0);
    expect(bench.said('rollback', 'n3').map(({ elements }) => elements)).toEqual([[1]]);
  });

  test('the current protocol elects nobody', async () => {
    const bench = await schedule(NEW, ({ current }) => current('n2').elections.stand('is told to'));
    await bench.pass(30_000);
    expect(bench.said('election', 'n2').some(({ words }) => /it is behind/.test(words))).toBe(true);
    expect(bench.said('elected', 'n2')).toEqual([]);
    expect(bench.elements('n3')).toEqual([1]);
    await bench.cluster.start('n1');
    await bench.until('all is well', async () => (await bench.cluster.ready()) === undefined);
    expect(bench.elements('n2')).toEqual([1]);
  });
});

describe.each([
  ['2.4', OLD],
  ['the current protocol', NEW],
])('%s', (_, version) => {
  test('a rollback goes to the common point, and leaves a file', async () => {
    const bench = await open(5, { ...version, write_concern: 'safe', heartbeat_timeout: '2s', election_timeout: '3s' });
    const client = await bench.client();
    expect((await bench.invoke(client, 'add', 1)).type).toBe('ok');
    await bench.pass(1_000);
    const heal = await bench.part(['n1', 'n2'], ['n3', 'n4', 'n5']);
    expect((await bench.invoke(client, 'add', 2)).type).toBe('ok');
    expect((await bench.invoke(client, 'add', 3)).type).toBe('ok');
    await bench.until('another primary', () => bench.set.primaries().some((node) => !['n1', 'n2'].includes(node)));
    await bench.until('a step-down', () => bench.member('n1').state !== 'PRIMARY');
    const later = await bench.client();
    await bench.until('a later write', async () => (await bench.invoke(later, 'add', 4)).type === 'ok');
    await heal();
    await bench.until('all is well', async () => (await bench.cluster.ready()) === undefined);
    expect(bench.set.nodes.map((node) => bench.elements(node))).toEqual(bench.set.nodes.map(() => [1, 4]));
    expect(bench.said('rollback', 'n1').map(({ elements }) => elements)).toEqual([[2, 3]]);
    const [file] = bench.cluster.logs('n1').filter((name) => name.startsWith('rollback-'));
    expect(file).toMatch(/^rollback-\d+\.json$/);
  });

  test('each write concern waits for what it says', async () => {
    const waits = async (write_concern: unknown, alive: number) => {
      const bench = await open(5, { ...version, write_concern });
      const client = await bench.client();
      await bench.pass(500);
      for (const node of ['n5', 'n4', 'n3', 'n2'].slice(0, 5 - alive)) bench.member(node).puller.stop();
      const { box } = begin(bench, client, 1);
      await bench.pass(1_000);
      // While an operation waits, time goes on.
      await bench.close();
      return box.outcome === undefined;
    };
    for (const concern of ['unsafe', 'safe', 'journal_safe']) expect(await waits(concern, 1)).toBe(false);
    expect(await waits('replicas_safe', 1)).toBe(true);
    expect(await waits('replicas_safe', 2)).toBe(false);
    expect(await waits('majority', 2)).toBe(true);
    expect(await waits('majority', 3)).toBe(false);
    expect(await waits(4, 3)).toBe(true);
  });

  test('a write that has waited too long for its concern is there, but unacknowledged', async () => {
    const bench = await open(3, { ...version, write_concern: 'majority', wtimeout: '200ms' });
    for (const node of bench.set.nodes) bench.member(node).puller.stop();
    const outcome = await bench.invoke(await bench.client(), 'add', 1);
    expect(outcome).toEqual({ type: 'info', error: expect.stringMatching(/code 64/) });
    expect(bench.elements('n1')).toEqual([1]);
  });

  test('without chaining everybody replicates from the primary', async () => {
    const sources = async (chaining: boolean) => {
      const bench = await open(5, { ...version, chaining, write_concern: 'safe' });
      const client = await bench.client();
      // Whom they choose when they have to choose anew, while n2 is ahead of them.
      for (const node of ['n2', 'n3', 'n4', 'n5']) bench.member(node).puller.stop();
      await bench.invoke(client, 'add', 1);
      bench.member('n2').puller.start();
      await bench.pass(6_000);
      await bench.part(['n1'], ['n3', 'n4', 'n5']);
      for (const node of ['n3', 'n4', 'n5']) bench.member(node).puller.start();
      await bench.pass(4_000);
      return ['n3', 'n4', 'n5'].map((node) => bench.elements(node).length);
    };
    expect(await sources(false)).toEqual([0, 0, 0]);
    expect(await sources(true)).toContain(1);
  });

  test('two members do not stay with each other as sources', async () => {
    const bench = await open(3, { ...version, write_concern: 'safe' });
    const { term, oplog, position, puller } = bench.member('n2');
    const after = oplog.entries.at(-1);
    const ask = () => bench.ask(bench.connect('n2'), { do: 'fetch', node: 'n3', term, after, position, awaitMs: 10 });
    expect(await ask()).toMatchObject({ entries: [] });
    Object.defineProperty(puller, 'source', { get: () => 'n3' });
    expect(await ask()).toMatchObject({ refused: 'circle' });
  });

  test('a reader whose source has gone back finds another one, if it is ahead itself', async () => {
    const bench = await open(3, { ...version, write_concern: 'safe' });
    const source = bench.member('n2');
    source.puller.stop();
    const after = source.oplog.entries.at(-1);
    const { position, term } = source;
    const asked = bench.ask(bench.connect('n2'), { do: 'fetch', node: 'n3', term, after, position, awaitMs: 60_000 });
    await bench.pass(100);
    source.oplog.truncate(0);
    source.feed.wake();
    expect(await asked).toMatchObject({ refused: 'behind' });
  });
});

describe('2.4', () => {
  test('a primary gives way to a higher priority that is close behind', async () => {
    const bench = await open(3, { ...OLD, priorities: [1, 1, 2] });
    await bench.until('n3 is primary', () => bench.set.primaries().join() === 'n3');
    await bench.pass(20_000);
    expect(bench.set.primaries()).toEqual(['n3']);
  });

  test('a vote binds for three seconds', async () => {
    const bench = await open(3, OLD);
    await bench.cluster.kill('n1');
    await bench.until('another primary', () => bench.set.primaries().length > 0);
    const [primary] = bench.set.primaries() as [string];
    const voter = ['n2', 'n3'].find((node) => node !== primary) as string;
    // Both have voted for it; n1, as fresh, gets no vote while that binds, nor later, for there is a primary.
    expect(await bench.ask(bench.connect(voter), { do: 'elect', node: 'n1' })).toBeLessThanOrEqual(0);
  });

  test('the connections of its clients are closed when it steps down', async () => {
    const bench = await open(3, { ...OLD, write_concern: 'unsafe' });
    const client = await bench.client();
    expect(await bench.invoke(client, 'add', 1)).toEqual({ type: 'ok' });
    await bench.part(['n1'], ['n2', 'n3']);
    await bench.until('a step-down', () => bench.member('n1').state !== 'PRIMARY');
    await bench.pass(100);
    // The first is written to a socket that is closed, and nobody says so; the second write notices.
    expect(await bench.invoke(client, 'add', 2)).toEqual({ type: 'ok' });
    expect(await bench.invoke(client, 'add', 3)).toEqual({ type: 'fail', error: expect.stringMatching(/EPIPE/) });
    expect(bench.elements('n1')).toEqual([1]);
  });
});
