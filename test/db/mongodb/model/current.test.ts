/** The current protocol: terms, votes, the commit point, what a primary may do and what it must not. */
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../src/contract/index.ts';
import { ClientSession } from '../../../../src/db/mongodb/model/current/client-session.ts';
import { compareOptimes, type Doc, elementsOf, NO_OPTIME } from '../../../../src/db/mongodb/model/oplog.ts';
import type { Command } from '../../../../src/db/mongodb/model/wire.ts';
import { type Bench, openBench } from './bench.ts';

async function open(nodes: number, settings: object = {}, more: Parameters<typeof openBench>[2] = {}): Promise<Bench> {
  const bench = await openBench(nodes, { version: '7.0', election_timeout: '2s', ...settings }, more);
  return bench;
}

const SAFE = { w: 1, majority: false, journal: false, timeoutMs: undefined };
const MAJORITY = { w: 2, majority: true, journal: false, timeoutMs: undefined };

/** What a member answers to a client's command, when it has. */
function tell(bench: Bench, node: string, command: Command): { answer: unknown } {
  const box: { answer: unknown } = { answer: undefined };
  new ClientSession(bench.current(node), {} as Connection).asked(command, (answer) => {
    box.answer = answer;
  });
  return box;
}

const update = (bench: Bench, element: number, more: object = {}): Command => ({
  do: 'update',
  update: { element, expected: bench.member('n1').doc },
  concern: SAFE,
  session: undefined,
  ...more,
});

const find = (concern: 'local' | 'majority' | 'linearizable'): Command => ({ do: 'find', of: 'primary', concern });
const found = ({ answer }: { answer: unknown }) => elementsOf((answer as { found: Doc | undefined }).found);

/** From now on nobody replicates, but everybody hears everybody. */
function stopReplication(bench: Bench): void {
  for (const node of bench.set.nodes) bench.member(node).puller.stop();
}

describe('votes', () => {
  const request = (term: number, node: string, applied = { term, ts: 0 }, dryRun = false) => ({
    do: 'request-votes',
    node,
    term,
    applied,
    dryRun,
  });

  test('one a term, also after a kill', async () => {
    const bench = await open(3);
    const term = bench.current('n2').term + 5;
    const ask = (node: string) => bench.ask(bench.connect('n2'), request(term, node));
    expect(await ask('n3')).toMatchObject({ granted: true });
    expect(await ask('n1')).toMatchObject({ granted: false, why: 'has voted for n3' });
    await bench.cluster.kill('n2');
    await bench.cluster.start('n2');
    expect(await ask('n1')).toMatchObject({ granted: false });
    expect(await ask('n3')).toMatchObject({ granted: true });
  });

  test('also after a power failure', async () => {
    const bench = await open(3, {}, { sim: { kill: 'machine' } });
    const term = bench.current('n2').term + 5;
    expect(await bench.ask(bench.connect('n2'), request(term, 'n3'))).toMatchObject({ granted: true });
    await bench.cluster.kill('n2');
    await bench.cluster.start('n2');
    expect(await bench.ask(bench.connect('n2'), request(term, 'n1'))).toMatchObject({ granted: false });
  });

  test('none for who is behind, nor for a term that is over; a dry run binds nobody', async () => {
    const bench = await open(3);
    const { term, oplog } = bench.current('n2');
    const ask = (...given: Parameters<typeof request>) => bench.ask(bench.connect('n2'), request(...given));
    expect(await ask(term, 'n3', { ...oplog.last, ts: oplog.last.ts - 1 }, true)).toMatchObject({ granted: false });
    // Later times of an earlier term are behind all the same.
    expect(await ask(term, 'n3', { term: 0, ts: oplog.last.ts + 9 }, true)).toMatchObject({ granted: false });
    expect(await ask(term - 1, 'n3', { term, ts: oplog.last.ts + 9 }, true)).toMatchObject({ granted: false });
    expect(await ask(term + 3, 'n3', undefined, true)).toMatchObject({ granted: true });
    expect(bench.current('n2').term).toBe(term);
  });

  test('a candidate that goes back in its log meanwhile is none any more', async () => {
    const bench = await open(3);
    const candidate = bench.current('n2');
    const { term } = candidate;
    candidate.elections.stand('is told to');
    candidate.rollBack(candidate.oplog.length, 'n1');
    await bench.pass(500);
    expect(bench.said('elected', 'n2')).toEqual([]);
    expect(candidate.term).toBe(term);
    // Nobody minds where it does not.
    candidate.elections.stand('is told to');
    await bench.pass(500);
    expect(bench.said('elected', 'n2')).toHaveLength(1);
  });
});

describe('what is committed', () => {
  test('a primary does not count who is in a later term already', async () => {
    const bench = await open(3);
    stopReplication(bench);
    const primary = bench.current('n1');
    const write = tell(bench, 'n1', update(bench, 7, { concern: MAJORITY }));
    const { last } = primary.oplog;
    const position = { applied: last, durable: last };
    const after = primary.oplog.entries.at(-1);
    // n3 has the write, and has voted for somebody who has not.
    const term = primary.term + 1;
    await bench.ask(bench.connect('n1'), { do: 'fetch', node: 'n3', term, after, position, awaitMs: 1 });
    await bench.pass(200);
    expect(primary.state).toBe('SECONDARY');
    expect(compareOptimes(primary.committed, last)).toBeLessThan(0);
    expect(write.answer).toMatchObject({ code: 11602 });
  });

  test('nor by what others tell for it', async () => {
    const bench = await open(3);
    stopReplication(bench);
    const primary = bench.current('n1');
    tell(bench, 'n1', update(bench, 7, { concern: MAJORITY }));
    const { last } = primary.oplog;
    const report = { do: 'progress', positions: [['n3', { applied: last, durable: last }]] };
    const connection = bench.connect('n1');
    connection.send({ ...report, term: primary.term + 1 });
    await bench.pass(200);
    expect(compareOptimes(primary.committed, last)).toBeLessThan(0);
  });

  test('what a majority has in its journal, not in its memory', async () => {
    const bench = await open(3);
    stopReplication(bench);
    const primary = bench.current('n1');
    const write = tell(bench, 'n1', update(bench, 7, { concern: MAJORITY }));
    const before = primary.committed;
    const { last } = primary.oplog;
    const tellPosition = async (durable: typeof last) => {
      const report = { do: 'progress', term: primary.term, positions: [['n3', { applied: last, durable }]] };
      bench.connect('n1').send(report);
      await bench.pass(200);
    };
    await tellPosition(before);
    expect(primary.committed).toBe(before);
    expect(write.answer).toBeUndefined();
    // The invariant is looked up on the members themselves: what n3 says it has, it has not.
    await expect(tellPosition(last)).rejects.toThrow(/acknowledges 7, which 1 of 3 members have/);
  });

  test('a number of nodes counts memories', async () => {
    const bench = await open(3, { journal_commit_interval: '10s' });
    const write = tell(bench, 'n1', update(bench, 7, { concern: { ...SAFE, w: 3 } }));
    await bench.pass(100);
    expect(write.answer).toEqual({ matched: true });
  });

  test('no member goes back behind its commit point', async () => {
    const bench = await open(3);
    const member = bench.current('n2');
    expect(() => member.rollBack(0, 'n1')).toThrow(/not behind the commit point/);
  });

  test('a primary that catches up does not go back: it takes what it was elected with', async () => {
    const bench = await open(3);
    const primary = bench.current('n1');
    const { length } = primary.oplog;
    expect(primary.rollBack(1, 'n2')).toBe(false);
    expect(primary.oplog.length).toBe(length);
  });
});

describe('reads', () => {
  test('local shows what may be taken back, majority does not, linearizable waits', async () => {
    const bench = await open(3);
    expect((await bench.invoke(await bench.client(), 'add', 1)).type).toBe('ok');
    stopReplication(bench);
    tell(bench, 'n1', update(bench, 2));
    const linearizable = tell(bench, 'n1', find('linearizable'));
    await bench.pass(300);
    expect(found(tell(bench, 'n1', find('local')))).toEqual([1, 2]);
    expect(found(tell(bench, 'n1', find('majority')))).toEqual([1]);
    expect(linearizable.answer).toBeUndefined();
    for (const node of ['n2', 'n3']) bench.member(node).puller.start();
    await bench.until('an answer', () => linearizable.answer !== undefined);
    expect(found(linearizable)).toEqual([1, 2]);
  });

  test('a primary that has been replaced answers local, and cannot answer linearizable', async () => {
    const bench = await open(3, { election_timeout: '10s', heartbeat_interval: '20s' });
    await bench.part(['n1'], ['n2', 'n3']);
    bench.current('n2').elections.stand('is told to');
    await bench.pass(1_000);
    expect(bench.set.primaries()).toEqual(['n1', 'n2']);
    expect(found(tell(bench, 'n1', find('local')))).toEqual([]);
    const linearizable = tell(bench, 'n1', find('linearizable'));
    await bench.until('a step-down', () => bench.member('n1').state === 'SECONDARY');
    expect(linearizable.answer).toMatchObject({ code: 11602 });
  });

  test('who does not know yet what a majority has, after a start, waits until it does', async () => {
    const bench = await open(3);
    expect((await bench.invoke(await bench.client(), 'add', 1)).type).toBe('ok');
    bench.current('n1').committed = NO_OPTIME;
    const read = tell(bench, 'n1', find('majority'));
    expect(read.answer).toBeUndefined();
    await bench.until('an answer', () => read.answer !== undefined);
    expect(found(read)).toEqual([1]);
  });
});

describe('retryable writes', () => {
  test('are carried out once', async () => {
    const bench = await open(3);
    const command = update(bench, 7, { session: 's:0', concern: MAJORITY });
    const answers = [tell(bench, 'n1', command), tell(bench, 'n1', command)];
    await bench.until('both answers', () => answers.every(({ answer }) => answer !== undefined));
    expect(answers.map(({ answer }) => answer)).toEqual([{ matched: true }, { matched: true }]);
    expect(bench.elements('n1')).toEqual([7]);
  });

  test('by the next primary, too', async () => {
    const bench = await open(3);
    const command = update(bench, 7, { session: 's:0', concern: MAJORITY });
    const first = tell(bench, 'n1', command);
    await bench.until('an answer', () => first.answer !== undefined);
    await bench.cluster.kill('n1');
    await bench.until('another primary', () => bench.set.running.some((one) => one.state === 'PRIMARY'));
    const [primary] = bench.set.primaries() as [string];
    await bench.until('writes', () => bench.current(primary).writable);
    const { length } = bench.member(primary).oplog;
    const second = tell(bench, primary, command);
    await bench.until('an answer', () => second.answer !== undefined);
    expect(second.answer).toEqual({ matched: true });
    expect(bench.member(primary).oplog.length).toBe(length);
  });
});

describe('who is primary', () => {
  test('a silent set stays as it is, though heartbeats are rarer than its election timeout', async () => {
    const bench = await open(3, { election_timeout: '1s', heartbeat_interval: '5s' });
    const elections = bench.said('election').length;
    await bench.pass(60_000);
    expect(bench.said('election')).toHaveLength(elections);
  });

  test('the one with the highest priority, once it has caught up', async () => {
    const bench = await open(3, { priorities: [1, 1, 2] });
    await bench.until('n3 takes over', () => bench.member('n3').state === 'PRIMARY');
    await bench.cluster.kill('n3');
    await bench.until('another one', () => bench.set.primaries().length > 0);
    expect((await bench.invoke(await bench.client(), 'add', 1)).type).toBe('ok');
    await bench.cluster.start('n3');
    await bench.until('n3 again', () => bench.current('n3').writable);
    expect(bench.elements('n3')).toEqual([1]);
  });

  test('never one of priority 0', async () => {
    const bench = await open(3, { priorities: [1, 0, 0] });
    await bench.cluster.kill('n1');
    await bench.pass(30_000);
    expect(bench.set.primaries()).toEqual([]);
  });

  test('a machine that has lost its power knows that it is a member', async () => {
    for (const seed of [1, 2, 3, 4]) {
      const bench = await open(3, {}, { seed, sim: { kill: 'machine' } });
      const before = [...bench.member('n1').oplog.entries];
      await bench.cluster.kill('n1');
      await bench.cluster.start('n1');
      // It does not set up the set once more.
      expect(bench.member('n1').oplog.entries.length).toBeLessThanOrEqual(before.length);
      await bench.until('all is well', async () => (await bench.cluster.ready()) === undefined);
      expect(bench.member('n1').oplog.entries.slice(0, 2)).toEqual(before.slice(0, 2));
    }
  });

  test('one that hears a majority: a bridge keeps both sides together', async () => {
    const bench = await open(5);
    await bench.part(['n1', 'n2'], ['n4', 'n5']);
    await bench.pass(30_000);
    const client = await bench.client();
    expect((await bench.invoke(client, 'add', 1)).type).toBe('ok');
    await bench.until('a copy on every node', () => bench.set.nodes.every((node) => bench.elements(node).length === 1));
  });
});

test('reports of progress that go round in a circle end there', async () => {
  const bench = await open(3);
  const member = bench.current('n2');
  const told: unknown[] = [];
  member.puller.tell = (positions) => void told.push(positions);
  const { position } = bench.member('n3');
  member.progressed([['n3', position]]);
  member.progressed([['n3', position]]);
  member.progressed([['n2', position]]);
  expect(told).toHaveLength(1);
});
