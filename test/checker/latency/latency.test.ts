import { expect, test } from 'vitest';
import { latency } from '../../../src/checker/latency/index.ts';
import { Windows } from '../../../src/checker/latency/windows.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { historyOf } from '../../../src/history/index.ts';
import { history } from '../notation.ts';
import { timed } from '../timed.ts';

const check = (text: string, settings = {}) => latency.check(timed(text), { window: '10s', ...settings }, BARE_CONTEXT);

const SLOW = `
  1s 0 write 1 late 0ms
  1.1s 0 ok
  1.1s 0 write 2 late 90ms
  1.11s 0 ok
  12s 1 read late 0ms
  12.001s 1 ok 2
  13s 1 read late 0ms
  23s 1 info
  14s nemesis start-kill {"fault":"f1"}
  15s nemesis stop-kill {"fault":"f1"}`;

test('service time is from the invocation, response time from the due time; only what ended ok is measured', async () => {
  const result = await check(SLOW);
  expect(result.valid).toBe(true);
  const of = (f: string) => (result.by_f as Record<string, { service_ms: object; response_ms: object }>)[f];
  expect(of('write')?.service_ms).toMatchObject({ count: 2, max: 100 });
  expect(of('write')?.response_ms).toMatchObject({ count: 2, p50: 100, max: 100 });
  expect(of('write')?.service_ms).not.toMatchObject({ p50: 100 });
  expect(of('read')?.service_ms).toMatchObject({ count: 1, p50: 1, p95: 1, p99: 1, p999: 1, max: 1 });
});

test('windows hold what was invoked in them', async () => {
  expect((await check(SLOW)).windows).toMatchObject([
    { from_ms: 0, until_ms: 10_000, service_ms: { count: 2 } },
    { from_ms: 10_000, until_ms: 20_000, service_ms: { count: 1, max: 1 } },
  ]);
});

test('windows count from when the first operation was due', async () => {
  const result = await check(
    '15s 0 write 1 late 1000ms\n 15.1s 0 ok\n 23.9s 0 write 2\n 24s 0 ok\n 24s 0 write 3\n 24.1s 0 ok',
  );
  expect(result.windows).toMatchObject([
    { from_ms: 0, service_ms: { count: 2 } },
    { from_ms: 10_000, service_ms: { count: 1 } },
  ]);
});

test('without due times there is no response time', async () => {
  const result = await check('1s 0 write 1\n 1.5s 0 ok');
  expect(result.by_f).toEqual({
    write: { service_ms: { count: 1, p50: 500, p95: 500, p99: 500, p999: 500, max: 500 } },
  });
});

test.each([
  [{ max: '< 200ms' }, true, undefined],
  [{ max: '< 50ms' }, false, 'write max is 100ms, not < 50ms'],
  [{ p50: '<= 100ms' }, true, undefined],
  [
    { p50: '< 100ms', max: '< 1ms' },
    false,
    'write p50 is 100ms, not < 100ms; write max is 100ms, not < 1ms; read max is 1ms, not < 1ms',
  ],
])('bounds are on the response time of every kind: %j', async (bounds, valid, why) => {
  const result = await check(SLOW, bounds);
  expect(result.valid).toBe(valid);
  expect(result.why).toBe(why);
});

test('a bound without anything that ended ok is unknown; without a bound nothing is judged', async () => {
  expect(await check('1s 0 write 1', { max: '< 1s' })).toMatchObject({ valid: 'unknown' });
  expect(await latency.check(history(''), { window: '10s' }, BARE_CONTEXT)).toMatchObject({ valid: true });
});

test('the nemesis is told as indexes and as times', async () => {
  expect(await check(SLOW)).toMatchObject({ nemesis_intervals: [[8, 9]], nemesis_intervals_ns: [[14e9, 15e9]] });
  expect(await check('1s nemesis start')).toMatchObject({
    nemesis_intervals: [[0, null]],
    nemesis_intervals_ns: [[1e9, null]],
  });
});

test('in words', async () => {
  expect(latency.text(await check(SLOW))).toEqual([
    'write response: p50 100ms, p95 100ms, p99 100ms, max 100ms (2)',
    expect.stringMatching(/^write service: {2}p50 10\.\d+ms, p95 100ms, p99 100ms, max 100ms \(2\)$/),
    'read response: p50 1ms, p95 1ms, p99 1ms, max 1ms (1)',
    'read service:  p50 1ms, p95 1ms, p99 1ms, max 1ms (1)',
    'slowest from 0s to 10s: p50 100ms, p95 100ms, p99 100ms, max 100ms (2)',
  ]);
});

test('a long run gets longer windows, and loses nothing', () => {
  const windows = new Windows(1);
  for (let at = 0; at < 1000; at++) windows.at(at).add(at, undefined);
  expect(windows.lengthNs).toBe(8);
  const all = windows.entries();
  expect(all).toHaveLength(125);
  for (const [from, { service }] of all) {
    expect(service.count).toBe(8);
    expect(service.max).toBe(from + 7);
  }
  expect(all.map(([from]) => from)).toEqual(Array.from({ length: 125 }, (_, i) => i * 8));
});

test('windows become longer when there would be more than 240', () => {
  const windows = new Windows(1);
  windows.at(239).add(5, 7);
  windows.at(238).add(5, 7);
  expect(windows.lengthNs).toBe(1);
  windows.at(240).add(5, 7);
  expect(windows.lengthNs).toBe(2);
  windows.at(700).add(5, 7);
  expect(windows.lengthNs).toBe(4);
  expect(windows.entries().map(([from, { service, response }]) => [from, service.count, response.count])).toEqual([
    [236, 2, 2],
    [240, 1, 1],
    [700, 1, 1],
  ]);
});

test('what the nemesis did before begins no window', async () => {
  const result = await check('1s nemesis start-kill\n 15s 0 write 1\n 15.1s 0 ok');
  expect(result.windows).toMatchObject([{ from_ms: 0 }]);
});

test('a history without times says nothing about them', async () => {
  const given = historyOf([...history('0 write 1, 0 ok').ops()].map((op) => ({ ...op, time: 0 })));
  expect(await latency.check(given, { window: '10s', p99: '< 30ms' }, BARE_CONTEXT)).toMatchObject({
    valid: 'unknown',
    why: 'the history has no times',
  });
  expect(await latency.check(given, { window: '10s' }, BARE_CONTEXT)).toMatchObject({ valid: true });
});

test('quantiles are what they are called', async () => {
  const tooks = [
    ...Array(500).fill(1),
    ...Array(400).fill(2),
    ...Array(50).fill(10),
    ...Array(40).fill(100),
    ...Array(9).fill(1000),
    10_000,
  ];
  const ops = tooks.flatMap((ms, i) => [
    { index: 2 * i, time: 0, type: 'invoke', process: 0, f: 'read', value: null } as const,
    { index: 2 * i + 1, time: ms * 1e6, type: 'ok', process: 0, f: 'read', value: null } as const,
  ]);
  const { by_f } = (await latency.check(historyOf(ops), { window: '10s' }, BARE_CONTEXT)) as unknown as {
    by_f: { read: { service_ms: Record<string, number> } };
  };
  for (const [name, ms] of Object.entries({ p50: 1, p95: 10, p99: 100, p999: 1000, max: 10_000 })) {
    expect(by_f.read.service_ms[name], name).toBeGreaterThanOrEqual(ms);
    expect(by_f.read.service_ms[name], name).toBeLessThanOrEqual(1.032 * ms);
  }
});
