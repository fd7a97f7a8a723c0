import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/base/clock.ts';
import { makeRng } from '../../../src/base/rng.ts';
import { draw, type GivenSpread, spreadOf } from '../../../src/env/sim/spread.ts';

const DRAWS = 50_000;

function draws(given: GivenSpread, seed = 1): number[] {
  const [spread, rng] = [spreadOf(given), makeRng(seed)];
  return Array.from({ length: DRAWS }, () => draw(spread, rng));
}

const LAN = { min: '0.1ms', p50: '0.2ms', p99: '1ms', max: '5ms' };

describe('a spread', () => {
  it('has its median and its 99th percentile where the plan says', () => {
    const all = draws(LAN);
    const share = (ms: number) => all.filter((one) => one <= ms * NS_PER_MS).length / DRAWS;
    expect(share(0.2)).toBeCloseTo(0.5, 1.5);
    expect(share(1)).toBeCloseTo(0.99, 2);
    // Straight lines between the points.
    expect(share(0.15)).toBeCloseTo(0.25, 1.5);
    expect(share(0.6)).toBeCloseTo(0.745, 1.5);
  });

  it('is whole nanoseconds between its ends, also where they are far apart or not whole', () => {
    for (const given of [LAN, { min: '0.000001ms', p50: '0.33333ms', p99: '1h', max: '999h' }, '0.7ms', '0ms']) {
      const { minNs, maxNs } = spreadOf(given);
      for (const one of draws(given)) {
        if (!Number.isSafeInteger(one) || one < minNs || one > maxNs) expect.fail(`${one} of ${JSON.stringify(given)}`);
      }
    }
  });

  it('of one duration has it as its median, and a tail up to ten times as long', () => {
    expect(spreadOf('0.5ms')).toEqual({ minNs: 250_000, p50Ns: 500_000, p99Ns: 2_000_000, maxNs: 5_000_000 });
  });

  it('of four equal points is exact', () => {
    expect(new Set(draws({ min: '3ms', p50: '3ms', p99: '3ms', max: '3ms' }))).toEqual(new Set([3_000_000]));
  });

  it('gives the same draws for the same seed, on every platform', () => {
    const [spread, rng] = [spreadOf(LAN), makeRng(42)];
    expect(Array.from({ length: 5 }, () => draw(spread, rng))).toMatchInlineSnapshot(`
      [
        143390,
        100678,
        190522,
        178023,
        646272,
      ]
    `);
    expect(draws(LAN, 7)).toEqual(draws(LAN, 7));
    expect(draws(LAN, 7)).not.toEqual(draws(LAN, 8));
  });
});
