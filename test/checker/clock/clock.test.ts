import { expect, test } from 'vitest';
import { clock } from '../../../src/checker/clock/index.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { historyOf, NEMESIS, type Op } from '../../../src/history/index.ts';

const measured = (...all: unknown[]) =>
  historyOf(
    all.map((offsets, index): Op => {
      const op: Op = { index, time: index, type: 'info', process: NEMESIS, f: 'check-offsets', value: null };
      return { ...op, 'clock-offsets': offsets } as Op;
    }),
  );
const OFF = measured({ n1: 2.1 }, { n1: 0, n2: -3.1 }, { n1: 1, n2: -2 }, { n1: 2, n2: -4.1 });

test('offsets are seconds, and told by node', async () => {
  const result = await clock.check(OFF, {}, BARE_CONTEXT);
  expect(result).toEqual({
    valid: true,
    measurements: 4,
    nodes: {
      n1: { measured: 4, least_ms: 0, greatest_ms: 2100, max_offset_ms: 2100, index: 0 },
      n2: { measured: 3, least_ms: -4100, greatest_ms: -2000, max_offset_ms: -4100, index: 3 },
    },
    max_skew_ms: 6100,
    skew_index: 3,
  });
  expect(clock.text(result)).toEqual([
    'clocks at most 6.1s apart, in 4 measurements',
    'n1: from +0s to +2.1s',
    'n2: from -4.1s to -2s',
  ]);
});

test.each([
  ['< 6.1s', false],
  ['<= 6.1s', true],
])('two clocks %s apart at one moment: %s', async (skew, valid) => {
  expect((await clock.check(OFF, { skew }, BARE_CONTEXT)).valid).toBe(valid);
});

test('clocks of different moments are not compared; one alone is, with the runner', async () => {
  const history = measured({ n1: 1, n2: 1 }, { n1: -1, n2: -1 });
  expect(await clock.check(history, {}, BARE_CONTEXT)).toMatchObject({ max_skew_ms: 0 });
  expect(await clock.check(measured({ n1: -0.5 }), {}, BARE_CONTEXT)).toMatchObject({ max_skew_ms: 500 });
});

test('nobody measured: unknown', async () => {
  for (const history of [historyOf([]), measured(undefined, {}, { n1: null })]) {
    expect(await clock.check(history, {}, BARE_CONTEXT)).toMatchObject({
      valid: 'unknown',
      why: 'no clock was measured',
    });
  }
});

test('of equal skews the first is told', async () => {
  const result = await clock.check(measured({ n1: 0, n2: 1 }, { n1: 1, n2: 0 }), {}, BARE_CONTEXT);
  expect(result).toMatchObject({ max_skew_ms: 1000, skew_index: 0 });
});
