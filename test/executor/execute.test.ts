import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import { PlanRunError } from '../../src/base/errors.ts';
import type { AnyChecker } from '../../src/contract/index.ts';
import { executeGiven } from './setup.ts';

const fault = { atMs: 450, forMs: 1000 };

const checkerThat = (check: () => unknown): AnyChecker =>
  ({ kind: 'checker', name: 'odd', summary: '', settings: {}, judges: 'any', text: () => [], check }) as never;

describe('a run', () => {
  it('writes every operation and both ends of every fault, in order', async () => {
    const { history, results, error, calls } = await executeGiven({ faults: [fault] });
    expect(error).toBeUndefined();
    expect(results.valid).toBe(true);
    expect(results.as_expected).toBe(true);
    expect(history.map((op) => op.index)).toEqual(history.map((_, index) => index));
    const nemesis = history.filter((op) => op.process === 'nemesis');
    expect(nemesis.map((op) => op.f)).toEqual([
      'start-cut',
      'start-cut',
      'probe-cut',
      'probe-cut',
      'stop-cut',
      'stop-cut',
      'probe-cut',
    ]);
    expect(nemesis[1]?.value).toMatchObject({ fault: 'f1', nodes: { n1: 1 }, last_ms: 1, onset_ms: 0 });
    expect(nemesis[2]?.value).toMatchObject({ presence: 'installed' });
    expect(nemesis[3]?.value).toMatchObject({ presence: 'installed' });
    expect(nemesis[6]?.value).toMatchObject({ presence: 'not' });
    expect(calls.slice(0, 2)).toEqual(['provision', 'deploy']);
    expect(calls.at(-1)).toBe('close environment');
    expect(results.operations).toEqual({ invoked: 21, ok: 21, fail: 0, info: 0 });
    expect(results.faults).toMatchObject([
      { fault: 'f1', presence: 'installed', presence_after: 'not', ok_during: 10 },
    ]);
  });

  it('gives the same history, byte for byte, twice', async () => {
    const one = await executeGiven({ faults: [fault] });
    const two = await executeGiven({ faults: [fault] });
    expect(two.text).toBe(one.text);
    expect(one.text.length).toBeGreaterThan(1000);
  });

  it('judges a lost write as invalid', async () => {
    const { results } = await executeGiven({
      fakes: { invoke: (op) => (op.f === 'read' ? { type: 'ok', value: [0, 1] } : { type: 'ok' }) },
    });
    expect(results.valid).toBe(false);
    expect(results.as_expected).toBe(false);
  });

  it('reads a cluster that does not come together: what is lost is lost, but valid it is not', async () => {
    for (const [answer, valid] of [
      [undefined, 'unknown'],
      [{ type: 'ok', value: [] }, false],
    ] as const) {
      let healed = false;
      const elements: unknown[] = [];
      const { results, history } = await executeGiven({
        fakes: {
          cluster: { ready: async () => (healed ? 'n2 is behind' : undefined) },
          invoke({ f, value }) {
            if (f === 'read') return answer ?? { type: 'ok', value: elements };
            elements.push(value);
            return { type: 'ok' };
          },
        },
        observe: (event) => {
          if (event.type === 'step' && event.step.do === 'heal') healed = true;
        },
      });
      expect(results.valid).toBe(valid);
      expect(results.why).toContain('the cluster had not come together when it was read: n2 is behind');
      expect(history.map(({ f }) => f).slice(-3)).toEqual(['unsettled', 'read', 'read']);
    }
  });

  it('tries a final read until it is ok', async () => {
    let tries = 0;
    const { history, results } = await executeGiven({
      fakes: {
        invoke: (op) => {
          if (op.f !== 'read') return { type: 'ok' };
          return ++tries < 3 ? { type: 'fail', error: 'LOADING' } : { type: 'ok', value: [...Array(20).keys()] };
        },
      },
    });
    expect(history.filter((op) => op.f === 'read').map((op) => op.type)).toEqual([
      'invoke',
      'fail',
      'invoke',
      'fail',
      'invoke',
      'ok',
    ]);
    expect(results.valid).toBe(true);
  });
});

describe('what goes wrong', () => {
  it('stops at a failing step, names it, and still undoes what was done, newest first', async () => {
    const { error, results, calls } = await executeGiven({
      faults: [
        { atMs: 100, forMs: null },
        { atMs: 500, forMs: null, nemesis: 'bad' },
      ],
      nemeses: [],
    });
    expect(error?.fields).toMatchObject({ step: 'inject', plan: 'test.yaml:7:3' });
    expect(results.valid).toBe('unknown');
    expect(calls.at(-1)).toBe('close environment');
  });

  it('undoes an open fault when a later step fails', async () => {
    const { error, calls, cuts, history, results } = await executeGiven({
      faults: [{ atMs: 100, forMs: null }],
      fakes: {
        network: {
          heal: async () => {
            throw new PlanRunError('command-failed', 'iptables failed', { node: 'n2' });
          },
        },
      },
    });
    expect(error?.message).toBe('iptables failed');
    expect(error?.fields).toMatchObject({ step: 'heal', node: 'n2' });
    expect(cuts.size).toBe(0);
    expect(calls.filter((call) => /^(restore|close env)/.test(call))).toEqual(['restore f1', 'close environment']);
    expect(history.at(-1)?.f).toBe('probe-cut');
    expect(results.error).toContain('iptables failed');
  });

  it('keeps the verdict when the tear-down fails', async () => {
    const { error, results } = await executeGiven({
      fakes: {
        close: async () => {
          throw new Error('the bridge would not go');
        },
      },
    });
    expect(error).toBeUndefined();
    expect(results.valid).toBe(true);
    expect(results.notes).toEqual(['tear-down: remove the nodes: the bridge would not go']);
  });

  it('heals, tears down and keeps the history when interrupted', async () => {
    const stop = new AbortController();
    const { error, cuts, calls, history } = await executeGiven({
      faults: [{ atMs: 500, forMs: 60_000 }],
      count: 1000,
      signal: stop.signal,
      observe: (event) => {
        if (event.type === 'fault' && event.report.presence === 'installed') stop.abort();
      },
    });
    expect(error?.code).toBe('interrupted');
    expect(cuts.size).toBe(0);
    expect(calls.at(-1)).toBe('close environment');
    expect(history.length).toBeGreaterThan(5);
    expect(history.length).toBeLessThan(100);
  });

  it('does not judge a long history when interrupted, and says so', async () => {
    const stop = new AbortController();
    const { error, results } = await executeGiven({
      count: 100_001,
      clients: 10,
      ratePerS: null,
      fakes: { invoke: ({ value }) => ({ type: 'ok', value: value ?? [] }) },
      signal: stop.signal,
      observe: (event) => {
        if (event.type === 'step' && event.step.do === 'heal') stop.abort();
      },
    });
    expect(error?.code).toBe('interrupted');
    expect(results.valid).toBe('unknown');
    expect(results.operations.invoked).toBe(0);
    expect(results.notes).toEqual(['the run was interrupted, and its history of 200,002 operations is not judged']);
  });

  it('undoes a fault whose injection was under way when the run was interrupted', async () => {
    const stop = new AbortController();
    let cut = false;
    const { error, calls, history } = await executeGiven({
      faults: [{ atMs: 500, forMs: 60_000 }],
      signal: stop.signal,
      fakes: (clock) => ({
        network: {
          async cut() {
            stop.abort();
            await sleep(clock, 1_000);
            cut = true;
            return { n1: 1000 };
          },
          async restore() {
            cut = false;
            return { n1: 1 };
          },
          status: async () => ({ n1: cut ? 'installed' : 'not' }),
        },
      }),
    });
    expect(error?.code).toBe('interrupted');
    expect(cut).toBe(false);
    expect(history.at(-1)?.value).toMatchObject({ fault: 'f1', presence: 'not' });
    expect(calls.at(-1)).toBe('close environment');
  });

  it('undoes an injection that ends when the run has long been over', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const { clock, results } = await executeGiven({
      faults: [{ atMs: 500, forMs: 60_000 }],
      signal: stop.signal,
      fakes: (clock) => ({
        network: {
          async cut() {
            stop.abort();
            await sleep(clock, 20_000);
            told.push('cut');
            return { n1: 20_000 };
          },
          async restore() {
            told.push('restored');
            return { n1: 1 };
          },
        },
      }),
    });
    expect([results.valid, told]).toEqual(['unknown', []]);
    await sleep(clock, 30_000);
    expect(told).toEqual(['cut', 'restored']);
  });

  it('does not wait for ever for an injection that never ends, and says so', async () => {
    const stop = new AbortController();
    const { results, calls, clock } = await executeGiven({
      faults: [{ atMs: 500, forMs: 60_000 }],
      signal: stop.signal,
      fakes: {
        network: {
          cut() {
            stop.abort();
            return new Promise(() => {});
          },
        },
      },
    });
    expect(results.notes).toEqual(['tear-down: undo the faults: a fault under way took more than 2 s']);
    expect(calls.at(-1)).toBe('close environment');
    expect(clock.now() / 1e9).toBeLessThan(3);
  });

  it('ends though the end of a fault, a client and the environment never answer', async () => {
    const { error, results, clock } = await executeGiven({
      faults: [{ atMs: 500, forMs: 500 }],
      fakes: {
        network: { restore: () => new Promise(() => {}) },
        connect: async () => ({ invoke: () => ({ type: 'ok' }), close: () => new Promise(() => {}) }),
        close: () => new Promise(() => {}),
      },
    });
    expect(error).toMatchObject({ code: 'timeout', message: 'undoing f1 took more than 30 s' });
    expect(results.valid).toBe('unknown');
    expect(results.notes).toEqual([
      'tear-down: undo the faults: it took more than 30 s',
      'tear-down: remove the nodes: it took more than 30 s',
    ]);
    expect(clock.now() / 1e9).toBeLessThan(125);
  });

  it('does not wait for a checker when patience has ended', async () => {
    const late = new AbortController();
    const checker = checkerThat(() => {
      late.abort(new PlanRunError('interrupted', 'enough'));
      return new Promise(() => {});
    });
    const { results } = await executeGiven({ checkers: [checker], patience: () => late.signal });
    expect(results.checkers.odd).toEqual({ valid: 'unknown', why: 'the checker failed: enough', failed: true });
  });

  it('gives up on a database that does not even say whether it is ready', async () => {
    const { error } = await executeGiven({ fakes: { cluster: { ready: () => new Promise(() => {}) } } });
    expect(error?.message).toBe('Not ready after 5 s: it does not say what is missing');
  });

  it('hands the logs that were collected to the checkers, by node', async () => {
    const looks: AnyChecker = {
      ...checkerThat(() => {}),
      check: (_history, _settings, { logs, nodes, home }) => ({ valid: true, logs, nodes, homes: [0, 1, 2].map(home) }),
    };
    const logs = (node: string) => (node === 'n3' ? [] : [`/var/log/${node}/db.log`]);
    const { results } = await executeGiven({ checkers: [looks], fakes: { cluster: { logs } } });
    expect(results.checkers.odd).toMatchObject({
      logs: [
        { node: 'n1', file: 'db.log', path: expect.stringMatching(/\/db\.log$/) },
        { node: 'n2', file: 'db.log' },
      ],
      nodes: ['n1', 'n2', 'n3'],
      homes: ['n1', 'n2', 'n1'],
    });
  });

  it('keeps its verdict without the logs', async () => {
    const logs = () => {
      throw new Error('what logs?');
    };
    const { error, results } = await executeGiven({ fakes: { cluster: { logs } } });
    expect([error, results.valid]).toEqual([undefined, true]);
  });

  it('gives up on a cluster that never becomes ready, and says what is missing', async () => {
    const { error } = await executeGiven({ fakes: { cluster: { ready: async () => 'n3: still loading' } } });
    expect(error).toMatchObject({ code: 'timeout', message: 'Not ready after 5 s: n3: still loading' });
  });
});

describe('no empty green', () => {
  it.each([
    [
      'nothing before the fault',
      { faults: [{ atMs: 50, forMs: 1000 }], require: { before: 2 } },
      'before the first fault',
    ],
    ['too little during', { faults: [fault], require: { during: 11 } }, 'while f1 cut was in force'],
    ['too little after', { faults: [{ atMs: 500, forMs: 1490 }], require: { after: 5 } }, 'after the heal'],
    ['too little in a run without faults', { require: { before: 22 } }, 'in the whole run'],
  ])('%s makes the verdict unknown', async (_, given, words) => {
    const { results } = await executeGiven(given);
    expect(results.valid).toBe('unknown');
    expect(results.as_expected).toBe(false);
    expect(results.why.join()).toContain(words);
  });

  it.each(['partly', 'not', 'unknown'] as const)('a fault that is %s in force makes it unknown', async (presence) => {
    const { results } = await executeGiven({
      faults: [fault],
      fakes: {
        network: { status: async () => (presence === 'partly' ? { n1: 'installed', n2: 'not' } : { n1: presence }) },
      },
    });
    expect(results.valid).toBe('unknown');
    expect(results.faults[0]?.presence).toBe(presence);
  });

  it('a fault that is still in force after its end makes it unknown', async () => {
    const { results } = await executeGiven({
      faults: [fault],
      fakes: { network: { status: async () => ({ n1: 'installed' }) } },
    });
    expect(results.valid).toBe('unknown');
    expect(results.why.join()).toContain('still in force after it was undone');
  });

  it('a fault that something has ended before its time makes it unknown', async () => {
    let asked = 0;
    const { results, history } = await executeGiven({
      faults: [fault],
      fakes: { network: { status: async () => ({ n1: ++asked === 1 ? 'installed' : 'not' }) } },
    });
    expect(results.valid).toBe('unknown');
    expect(results.why).toEqual(['f1 cut was not in force when its nodes were asked']);
    const probed = history.filter((op) => op.f === 'probe-cut').map(({ time, value }) => [time / 1e6, value]);
    expect(probed).toMatchObject([
      [450, { presence: 'installed' }],
      [1200, { presence: 'not' }],
      [1450, { presence: 'not' }],
    ]);
  });

  it('a probe that never answers makes it unknown', async () => {
    const { results } = await executeGiven({
      faults: [fault],
      fakes: { network: { status: () => new Promise(() => {}) } },
    });
    expect(results.faults[0]?.presence).toBe('unknown');
    expect(results.valid).toBe('unknown');
  });

  it.each([
    [0, '0'],
    ['false', "'false'"],
    [undefined, 'undefined'],
  ])('a checker whose verdict is %j is unknown', async (valid, shown) => {
    const { results } = await executeGiven({ checkers: [checkerThat(() => ({ valid, why: 'lost 3' }))] });
    expect(results.valid).toBe('unknown');
    expect(results.why).toEqual([
      `odd: the checker failed: its verdict is neither true, false nor "unknown": ${shown}`,
    ]);
  });

  it.each([undefined, { valid: true, count: 1n }])('a checker that gives %s is unknown', async (finding) => {
    const { results } = await executeGiven({ checkers: [checkerThat(() => finding)] });
    expect(results.valid).toBe('unknown');
  });

  it('a failed probe is unknown, not a crash', async () => {
    const { results, error } = await executeGiven({
      faults: [fault],
      fakes: { network: { status: () => Promise.reject(new Error('no shell')) } },
    });
    expect(error).toBeUndefined();
    expect(results.valid).toBe('unknown');
  });

  it('false wins over unknown', async () => {
    const { results } = await executeGiven({
      require: { before: 1000 },
      fakes: { invoke: (op) => (op.f === 'read' ? { type: 'ok', value: [] } : { type: 'ok' }) },
    });
    expect(results.valid).toBe(false);
  });

  it('a checker that throws is unknown', async () => {
    const checker = {
      kind: 'checker',
      name: 'broken',
      summary: '',
      settings: {},
      judges: 'any',
      text: () => [],
      check: () => {
        throw new Error('boom');
      },
    } as const;
    const { results } = await executeGiven({ checkers: [checker] });
    expect(results.valid).toBe('unknown');
    expect(results.why).toEqual(['broken: the checker failed: boom']);
  });
});

describe('a workload without hope', () => {
  it('is ended when nothing has been ok for a minute after its schedule, and says so', async () => {
    const { results, error, history, clock } = await executeGiven({
      count: 1000,
      clients: 1,
      ratePerS: 100,
      // Alive for its first twenty operations, then each one takes the whole second of its timeout.
      fakes: {
        invoke: ({ value }) => (Number(value ?? 0) < 20 ? { type: 'ok', value: value ?? [] } : new Promise(() => {})),
      },
    });
    expect(error).toBeUndefined();
    expect(results.notes).toEqual([expect.stringContaining('nothing ended ok for 60 s')]);
    expect(history.filter((op) => op.type === 'invoke' && op.f === 'add').length).toBeLessThan(100);
    expect(clock.now() / 1e9).toBeLessThan(100);
  });

  it('is not ended while something still is ok', async () => {
    const { results } = await executeGiven({
      count: 300,
      clients: 1,
      ratePerS: 100,
      // One in thirty: half a minute passes from ok to ok.
      fakes: (clock) => ({
        invoke: ({ f, value }) =>
          f === 'read' || Number(value) % 30 === 0
            ? { type: 'ok', value: f === 'read' ? [...Array(300).keys()] : value }
            : sleep(clock, 900).then(() => ({ type: 'fail' as const, error: 'no' })),
      }),
    });
    expect(results.notes).toEqual([]);
    expect(results.operations.invoked).toBe(301);
  });
});

describe('a history that cannot be written', () => {
  it('ends the run at once, with the reason and everything undone', async () => {
    const full = new AbortController();
    const { error, results, calls } = await executeGiven({
      count: 100_000,
      signal: full.signal,
      faults: [{ atMs: 200, forMs: 1000 }],
      observe: (event) => {
        if (event.type === 'fault') full.abort(new PlanRunError('unavailable', 'Cannot write the history: ENOSPC'));
      },
    });
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('ENOSPC') });
    expect(results.valid).toBe('unknown');
    expect(calls).toContain('restore f1');
    expect(calls.at(-1)).toBe('close environment');
  });
});
