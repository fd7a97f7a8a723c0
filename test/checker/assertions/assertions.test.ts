import { expect, test } from 'vitest';
import { assertions } from '../../../src/checker/assertions/index.ts';
import { checkers } from '../../../src/checker/index.ts';
import { BARE_CONTEXT, type CheckContext } from '../../../src/contract/index.ts';
import { timed } from '../timed.ts';

const REPORTED = {
  operations: { invoked: 100, ok: 96, fail: 3, info: 1 },
  latency_ms: { p50: 2, p99: 180, max: 4000 },
  lateness_ms: { p50: 0.1, p99: 0.2, max: 1 },
  set: {
    valid: true,
    attempted: 100,
    acknowledged: 96,
    ack_rate: 0.07 + 0.89,
    lost: 0,
    loss_rate: 0,
    nodes: { n1: { missing: 2 } },
  },
  availability: { valid: false, rate: 0.96, acknowledged_rate: 0.96, longest_gap_ms: 2500, list: [1, 2] },
};
const check = (given: object, reported: object = REPORTED, context: Partial<CheckContext> = {}) =>
  assertions.check(timed(''), given, { ...BARE_CONTEXT, reported: reported as CheckContext['reported'], ...context });

test.each([
  [{ 'set.lost': 0 }, true],
  [{ lost: 0 }, true],
  [{ lost: 1 }, false],
  [{ lost: '>= 0' }, true],
  [{ 'set lost': '0' }, true],
  [{ 'set acknowledged': 96 }, true],
  // a count and a share are called so: a percentage is a share
  [{ acknowledged: '>= 95%' }, true],
  [{ acknowledged: '>= 96%' }, true],
  [{ acknowledged: '> 96%' }, false],
  // and a bare number the count
  [{ acknowledged: 96 }, true],
  [{ acknowledged: '> 96' }, false],
  [{ ack_rate: '>= 0.96' }, true],
  [{ 'ack rate': '= 96%' }, true],
  [{ 'latency p99': '< 200ms' }, true],
  [{ 'latency p99': '< 0.18s' }, false],
  [{ 'latency max': '<= 4s' }, true],
  [{ 'latency_ms.p99': '< 200' }, true],
  [{ 'longest gap': '< 3s' }, true],
  [{ longest_gap_ms: '< 2s' }, false],
  [{ 'set.valid': true }, true],
  [{ 'availability.valid': true }, false],
  [{ 'operations.info': '<= 1' }, true],
  [{ 'n1 missing': 2 }, true],
  [{ lost: 0, acknowledged: '>= 99%' }, false],
  [{ lost: 0, nonsense: 1 }, 'unknown'],
  [{ nonsense: 1, lost: 3 }, false],
])('%j: %s', async (given, valid) => {
  expect((await check(given)).valid).toBe(valid);
});

test.each([
  [{ p99: '< 1s' }, '"p99" may be latency_ms.p99 or lateness_ms.p99: say which'],
  [{ lst: 0 }, 'nobody reported "lst"'],
  [{ 'set losses': 0 }, 'nobody reported "set losses"; did you mean set.valid or set.attempted or set.acknowledged?'],
  [{ lost: '>= 5%' }, undefined],
  [{ 'set.lost': '< 5ms' }, '"set.lost" is not such a number, but 0'],
  [{ 'set.attempted': '>= 5%' }, '"set.attempted" is not a share, but 100'],
  [{ 'set.valid': 1 }, '"set.valid" is not such a number, but true'],
  [{ 'set.lost': true }, '"set.lost" is not true or false, but 0'],
  [{ list: 1 }, 'nobody reported "list"'],
  // no prefix, no part of a word
  [{ set: 1 }, 'nobody reported "set"; did you mean set.valid or set.attempted or set.acknowledged?'],
  [{ ost: 0 }, 'nobody reported "ost"'],
])('%j: unknown, with the candidates', async (given, why) => {
  const result = await check(given);
  if (why === undefined) return;
  expect(result.valid).toBe('unknown');
  expect(result.why).toBe(why);
});

test('several numbers of one name that are equal are as good as one', async () => {
  expect(await check({ lost: 0 }, { set: { lost: 0 }, queue: { lost: 0 } })).toMatchObject({ valid: true });
  expect(await check({ lost: 0 }, { set: { lost: 0 }, queue: { lost: 1 } })).toMatchObject({ valid: 'unknown' });
});

test('numbers of different units are never taken for equal', async () => {
  const reported = { a: { p99_ms: 5 }, b: { p99_s: 0.005 }, c: { p99_ns: 5 } };
  expect(await check({ p99: '< 1s' }, { a: reported.a, b: reported.b })).toMatchObject({ valid: true });
  expect(await check({ p99: 5 }, { a: reported.a, b: reported.b })).toMatchObject({ valid: 'unknown' });
  expect(await check({ p99: '< 1s' }, reported)).toMatchObject({ valid: 'unknown' });
});

test('says of each what it is', async () => {
  const result = await check({ lost: 0, 'latency p99': '< 100ms', acknowledged: '>= 95%' });
  expect(result).toMatchObject({ valid: false, why: 'latency p99 is 180ms, not < 100ms' });
  expect(assertions.text(result)).toEqual([
    'lost 0 holds: 0 (set.lost)',
    'latency p99 < 100ms does not hold: 180ms (latency_ms.p99)',
    'acknowledged >= 95% holds: 96% (availability.acknowledged_rate)',
  ]);
});

test('what the plan does not measure is measured for it', async () => {
  const history = timed('1s 0 add 1\n 1.1s 0 ok\n 2s 0 add 2\n 2.5s 0 fail\n 3s 0 add 3');
  const asked: string[] = [];
  const context: Partial<CheckContext> = {
    async check({ name, settings }, part) {
      asked.push(name);
      return checkers.find((one) => one.name === name)!.check(part, settings, BARE_CONTEXT);
    },
  };
  const given = { acknowledged: '>= 50%', 'add service max': '<= 100ms', 'add ok_count': 1 };
  const result = await assertions.check(history, given, { ...BARE_CONTEXT, ...context, reported: {} });
  expect(result).toMatchObject({
    valid: false,
    why: expect.stringMatching(/^acknowledged is 33\.3\d*%, not >= 50%$/),
    assertions: [{ valid: false }, { valid: true, value: '100ms' }, { valid: true, value: 1 }],
  });
  expect(asked).toEqual(['availability', 'latency', 'stats', 'clock']);
});

test('and nothing is measured where all is known', async () => {
  const context = { check: () => Promise.reject(new Error('asked')) };
  expect(await check({ lost: 0, p99: '< 1s' }, { set: { lost: 0 }, latency_ms: { p99: 3 } }, context)).toMatchObject({
    valid: true,
  });
});

test.each([
  // a count beside times is none
  [{ 'service count': 5 }, { write: { service_ms: { count: 5, p50: 7 } } }, true],
  [{ 'service count': '< 9ms' }, { write: { service_ms: { count: 5, p50: 7 } } }, 'unknown'],
  // 0.57 * 100 is a little less than 57
  [{ rate: '= 57%' }, { a: { rate: 0.57 } }, true],
  [{ done: '>= 50%' }, { a: { done_share: 0.5 } }, true],
])('%j of %j: %s', async (given, reported, valid) => {
  expect((await check(given, reported)).valid).toBe(valid);
});

test('a share is shown without errors of rounding', async () => {
  const result = await check({ rate: '>= 57%' }, { a: { rate: 0.57 } });
  expect(assertions.text(result)).toEqual(['rate >= 57% holds: 57% (a.rate)']);
});

test('a verdict of what was only measured is none', async () => {
  const context: Partial<CheckContext> = {
    check: async ({ name, settings }, part) =>
      checkers.find((one) => one.name === name)!.check(part, settings, BARE_CONTEXT),
  };
  const history = timed('1s 0 add 1\n 1.1s 0 fail');
  const judge = (given: object) => assertions.check(history, given, { ...BARE_CONTEXT, ...context });
  expect(await judge({ 'stats.valid': true })).toMatchObject({ valid: 'unknown' });
  expect(await judge({ 'availability.valid': true })).toMatchObject({ valid: 'unknown' });
  expect(await judge({ 'by_f.add.valid': true })).toMatchObject({ valid: false });
});

test('nobody waits for it any more: nothing is measured', async () => {
  const context = { check: () => Promise.reject(new Error('asked')), signal: AbortSignal.abort() };
  expect(await check({ nonsense: 1 }, {}, context)).toMatchObject({ valid: 'unknown' });
});
