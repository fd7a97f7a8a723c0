import { describe, expect, it } from 'vitest';
import { NS_PER_MS, sleep } from '../../src/base/clock.ts';
import type { Invocation, Outcome } from '../../src/contract/index.ts';
import type { Op } from '../../src/history/index.ts';
import { executeGiven } from './setup.ts';

const invokes = (history: Op[]) => history.filter((op) => op.type === 'invoke' && op.f === 'add');

describe('an open-loop schedule', () => {
  it('invokes operation k at k / rate, by client k mod n', async () => {
    const { history } = await executeGiven({ count: 6, clients: 2, ratePerS: 10 });
    const ops = invokes(history);
    const start = ops[0]?.time ?? 0;
    expect(ops.map((op) => [op.value, op.process, (op.time - start) / NS_PER_MS])).toEqual([
      [0, 0, 0],
      [1, 1, 100],
      [2, 0, 200],
      [3, 1, 300],
      [4, 0, 400],
      [5, 1, 500],
    ]);
    expect(ops.map((op) => op.late)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('lets a slow operation delay only its own client, records how late, and never moves a due time', async () => {
    const { history } = await executeGiven({
      count: 8,
      clients: 2,
      ratePerS: 10,
      fakes: (clock) => ({
        invoke: (op): Outcome | Promise<Outcome> =>
          op.value === 0
            ? sleep(clock, 450).then(() => ({ type: 'ok' as const }))
            : { type: 'ok', value: op.value ?? [] },
      }),
    });
    const ops = invokes(history);
    const start = ops[0]?.time ?? 0;
    const at = new Map(ops.map((op) => [op.value, (op.time - start) / NS_PER_MS]));
    expect([1, 3, 5, 7].map((value) => at.get(value))).toEqual([100, 300, 500, 700]);
    expect([2, 4, 6].map((value) => at.get(value))).toEqual([450, 450, 600]);
    expect(ops.find((op) => op.value === 2)?.late).toBe(250 * NS_PER_MS);
    expect(ops.find((op) => op.value === 6)?.late).toBe(0);
  });
});

describe('a closed loop', () => {
  it('does every operation once, each client its own', async () => {
    const { history } = await executeGiven({ count: 101, clients: 7, ratePerS: null });
    const ops = invokes(history);
    expect(ops.map((op) => op.value).sort((a, b) => Number(a) - Number(b))).toEqual([...Array(101).keys()]);
    for (const op of ops) expect(Number(op.value) % 7).toBe(op.process);
  });
});

describe('a generator that wants to know how its operations end', () => {
  it('is told, before it is asked for more, also of one that was given up; and may have the client wait', async () => {
    const told: string[] = [];
    const { history } = await executeGiven({
      count: 3,
      clients: 1,
      ratePerS: null,
      timeoutMs: 1_000,
      generator(plain) {
        let pauseMs: number | undefined;
        return {
          next(client) {
            const op = plain.next(client);
            told.push(op === undefined ? 'nothing is left' : `next ${op.value}`);
            return op && pauseMs !== undefined ? { ...op, pauseMs } : op;
          },
          ended(client, { f, value }, { type }) {
            told.push(`${client}: ${f} ${value} ends ${type}`);
            pauseMs = type === 'info' ? 300 : undefined;
          },
        };
      },
      fakes: {
        invoke: ({ value }): Outcome | Promise<Outcome> =>
          value === 0 ? new Promise<Outcome>(() => {}) : { type: 'ok', value: value ?? [] },
      },
    });
    expect(told).toEqual([
      ...['next 0', '0: add 0 ends info', 'next 1', '0: add 1 ends ok', 'next 2', '0: add 2 ends ok'],
      'nothing is left',
    ]);
    const at = (type: string, value: number) => history.find((op) => op.type === type && op.value === value)!.time;
    expect((at('invoke', 1) - at('info', 0)) / NS_PER_MS).toBe(300);
    expect(at('invoke', 2)).toBe(at('ok', 1));
  });
});

describe('a client that is opened anew', () => {
  it('lets answers that are here be recorded before its next operation', async () => {
    // Whoever waits for its connection wakes on an answer of its own; others may lie unread in their sockets.
    const told: string[] = [];
    const { history } = await executeGiven({
      count: 2,
      clients: 1,
      ratePerS: null,
      fakes: (clock) => {
        const hop = clock.sleepUntil.bind(clock);
        clock.sleepUntil = (timeNs, signal) => {
          const turn = timeNs <= clock.now();
          return hop(timeNs, signal).then(() => {
            if (turn) told.push('hop');
          });
        };
        return {
          async connect() {
            await Promise.resolve();
            told.push('connected');
            return {
              invoke({ f, value }) {
                told.push(`invoke ${value}`);
                return value === 0
                  ? { type: 'info', error: 'lost' }
                  : { type: 'ok', value: f === 'read' ? [0, 1] : value };
              },
              close: () => {},
            };
          },
        };
      },
    });
    expect(invokes(history)).toHaveLength(2);
    const between = told.slice(told.lastIndexOf('connected'), told.indexOf('invoke 1'));
    expect(between).toContain('hop');
  });
});

describe('a client that does not keep its promises', () => {
  const connect = (close: () => void | Promise<void>, answer: unknown) => async () => ({
    invoke: ({ value }: Invocation) =>
      value === 0 ? (answer as Outcome) : { type: 'ok' as const, value: value ?? [0, 1, 2] },
    close,
  });
  const lost = { type: 'info', error: 'lost' };

  it.each([
    ['never closes', () => new Promise<void>(() => {}), lost, 'lost'],
    [
      'fails to close',
      () => {
        throw new Error('no');
      },
      lost,
      'lost',
    ],
    ['answers nothing', () => {}, undefined, "the client's answer is no outcome: undefined"],
    ['answers something else', () => {}, { type: 'okay' }, "the client's answer is no outcome: { type: 'okay' }"],
    [
      'answers what is not JSON',
      () => {},
      { type: 'ok', value: 1n },
      expect.stringContaining('the answer is not JSON'),
    ],
    ['fails without a reason', () => {}, { type: 'info' }, 'undefined'],
  ])('and %s has an operation of unknown outcome, and is followed by another', async (_, close, answer, error) => {
    const { history, results } = await executeGiven({
      count: 3,
      clients: 1,
      fakes: { connect: connect(close, answer) },
    });
    expect(history.filter(({ type }) => type === 'info').map((op) => [op.process, op.error])).toEqual([[0, error]]);
    expect(results.operations).toEqual({ invoked: 4, ok: 3, fail: 0, info: 1 });
    expect(results.valid).toBe(true);
  });
});

describe('an operation of unknown outcome', () => {
  it('is given up after the timeout; its process ends and the client goes on as process + n, opened anew', async () => {
    const { history, calls } = await executeGiven({
      count: 6,
      clients: 2,
      timeoutMs: 1000,
      fakes: { invoke: (op) => (op.value === 2 ? new Promise(() => {}) : { type: 'ok', value: op.value ?? [] }) },
    });
    const lost = history.find((op) => op.type === 'info' && op.process === 0);
    expect(lost).toMatchObject({ f: 'add', value: 2, error: 'timeout' });
    const waitedMs = ((lost?.time ?? 0) - (invokes(history).find((op) => op.value === 2)?.time ?? 0)) / NS_PER_MS;
    expect(waitedMs).toBeGreaterThanOrEqual(1000);
    expect(waitedMs).toBeLessThanOrEqual(1050);
    expect(
      invokes(history)
        .filter((op) => Number(op.value) % 2 === 0)
        .map((op) => op.process),
    ).toEqual([0, 0, 2]);
    expect(calls.filter((call) => call.endsWith(' 0')).slice(0, 3)).toEqual(['connect 0', 'close 0', 'connect 0']);
  });

  it('is not completed by an answer that comes too late, nor is the next operation', async () => {
    const { history } = await executeGiven({
      count: 3,
      clients: 1,
      timeoutMs: 1000,
      fakes: (clock) => ({
        invoke(op) {
          if (op.value === 0) return sleep(clock, 1500).then(() => ({ type: 'ok' as const, value: 'late' }));
          if (op.value === 1) return sleep(clock, 900).then(() => ({ type: 'ok' as const }));
          return { type: 'ok', value: op.value ?? [] };
        },
      }),
    });
    const adds = history.filter((op) => op.f === 'add');
    expect(adds.map((op) => [op.type, op.process, op.value])).toEqual([
      ['invoke', 0, 0],
      ['info', 0, 0],
      ['invoke', 1, 1],
      ['ok', 1, 1],
      ['invoke', 1, 2],
      ['ok', 1, 2],
    ]);
    // The second one took its own 900 ms: the first one's late answer did not end it.
    expect(((adds[3]?.time ?? 0) - (adds[2]?.time ?? 0)) / NS_PER_MS).toBe(900);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('socket hung up');
      },
    ],
    ['rejects', () => Promise.reject(new Error('socket hung up'))],
  ])('is info when the client %s', async (_, broken) => {
    const { history } = await executeGiven({
      count: 2,
      clients: 1,
      fakes: { invoke: (op) => (op.value === 0 ? broken() : { type: 'ok', value: op.value ?? [] }) },
    });
    expect(history[1]).toMatchObject({ type: 'info', process: 0, error: 'the client threw: socket hung up' });
    expect(history[2]).toMatchObject({ type: 'invoke', process: 1 });
  });
});

describe('a client that cannot be opened', () => {
  it('fails its operations, for nothing was sent, and waits longer each time', async () => {
    let opened = 0;
    const { history } = await executeGiven({
      count: 5,
      clients: 1,
      ratePerS: null,
      fakes: {
        async connect() {
          opened++;
          if (opened === 2 || opened === 3 || opened === 4) throw new Error('refused');
          return {
            invoke: (op) => (op.value === 0 ? { type: 'info', error: 'reset' } : { type: 'ok', value: op.value ?? [] }),
            close: () => {},
          };
        },
      },
    });
    const adds = history.filter((op) => op.f === 'add');
    expect(adds.filter((op) => op.type !== 'invoke').map((op) => op.type)).toEqual([
      'info',
      'fail',
      'fail',
      'fail',
      'ok',
    ]);
    expect(adds[3]?.error).toBe('no connection: refused');
    const times = invokes(history).map((op) => op.time / NS_PER_MS);
    expect([times[2]! - times[1]!, times[3]! - times[2]!, times[4]! - times[3]!]).toEqual([50, 100, 200]);
  });
});
