import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../src/base/histogram.ts';
import { makeRng, shuffle } from '../../src/base/rng.ts';
import { Secrets } from '../../src/base/secrets.ts';
import { formatMs, parseDurationMs, parsePercentage, parseRatePerS } from '../../src/base/units.ts';

describe('rng', () => {
  it('repeats itself from the same seed, and not from another', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 20 },
        (
          (rng) => () =>
            rng.int(0, 1000)
        )(makeRng(seed)),
      );
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('forks by name: what one stream draws does not shift another', () => {
    const quiet = makeRng(1);
    const busy = makeRng(1);
    const other = busy.fork('other');
    for (let i = 0; i < 10; i++) {
      busy.int(0, 9);
      other.int(0, 9);
    }
    expect(busy.fork('workload').int(0, 1e9)).toBe(quiet.fork('workload').int(0, 1e9));
    expect(quiet.fork('a').int(0, 1e9)).not.toBe(quiet.fork('b').int(0, 1e9));
  });

  it('is the same on every platform: these draws never change', () => {
    const rng = makeRng(42).fork('faults');
    expect([rng.int(0, 999), rng.int(0, 999), rng.int(0, 999)]).toMatchInlineSnapshot(`
      [
        633,
        842,
        783,
      ]
    `);
  });

  it('shuffles fairly enough that every element reaches every place', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++)
      for (const [at, value] of shuffle(makeRng(seed), [0, 1, 2, 3]).entries()) seen.add(`${value}@${at}`);
    expect(seen.size).toBe(16);
  });
});

describe('units', () => {
  it.each([
    ['250ms', 250],
    ['15s', 15_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1.5s', 1500],
  ])('%s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });
  it.each(['', '15', '15 s', 's', '-1s', '1sec', '1e3s', '1000h', '10000m', '1000000s', '1000000000ms', '1.h'])(
    '"%s" is no duration',
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined();
    },
  );
  it('reads rates and percentages', () => {
    expect(parseRatePerS('100/s')).toBe(100);
    expect(parseRatePerS('30/m')).toBe(0.5);
    expect(parseRatePerS('max')).toBe(Number.POSITIVE_INFINITY);
    expect(parseRatePerS('0/s')).toBeUndefined();
    expect(parsePercentage('90%')).toBe(0.9);
    expect(parsePercentage('101%')).toBeUndefined();
  });
  it('writes what it reads', () => {
    fc.assert(
      fc.property(fc.nat({ max: 59_999 }), (ms) => {
        expect(parseDurationMs(formatMs(ms))).toBeCloseTo(ms, 6);
      }),
    );
    expect(formatMs(90_000)).toBe('1m30s');
    expect([119_999.9999, 59_999.99, 999.9999, 0.0001].map(formatMs)).toEqual(['2m', '1m', '1s', '0.0001ms']);
  });
});

describe('histogram', () => {
  it('gives quantiles within 0.07% above the true ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1 }),
        fc.constantFrom(0.5, 0.9, 0.99, 1),
        (values, q) => {
          const histogram = new Histogram();
          for (const value of values) histogram.add(value);
          const exact = [...values].sort((a, b) => a - b)[Math.ceil(q * values.length) - 1] as number;
          expect(histogram.quantile(q)).toBeGreaterThanOrEqual(exact * 0.999999);
          expect(histogram.quantile(q)).toBeLessThanOrEqual(exact * 1.0007);
        },
      ),
    );
  });
  it('of nothing is 0', () => {
    expect(new Histogram().quantile(0.5)).toBe(0);
  });
});

describe('secrets', () => {
  it('are handed to modules and taken out of what comes back', () => {
    const secrets = new Secrets({ PASSWORD: 'hunter2' });
    expect(secrets.used).toBe(false);
    expect(secrets.resolve({ password: '${env:PASSWORD}', list: ['a ${env:PASSWORD} b', 3, null] })).toEqual({
      password: 'hunter2',
      list: ['a hunter2 b', 3, null],
    });
    expect(secrets.redact('WRONGPASS hunter2')).toBe('WRONGPASS ${env:PASSWORD}');
  });

  it('are taken out where they stand within JSON, or within one another', () => {
    const secrets = new Secrets({ ONE: 'pass', TWO: 'pass"word\\1' });
    secrets.resolve(['${env:ONE}', '${env:TWO}']);
    expect(secrets.redact(JSON.stringify({ said: 'no pass, no pass"word\\1' }))).toBe(
      '{"said":"no ${env:ONE}, no ${env:TWO}"}',
    );
  });
  it('that are not set are refused, by name', () => {
    expect(() => new Secrets({}).resolve('${env:PASSWORD}')).toThrow('PASSWORD is not set');
  });
});
