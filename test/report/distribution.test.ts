import { describe, expect, it } from 'vitest';
import { barsOf, distributionLines, formatNumber, formatShare } from '../../src/report/distribution.ts';

describe('distributions as text', () => {
  it('have a line for what varies, below its group, and one for all that does not', () => {
    const lines = distributionLines(
      [
        { name: 'set.attempted', values: [2000, 2000, 2000, 2000] },
        { name: 'set.lost', values: [848, 901, 850, 850] },
        { name: 'set.loss_rate', values: [0.424, 0.4505, 0.425, 0.425] },
        { name: 'set.duplicated', values: [0, 0, 0, 0] },
        { name: 'latency_ms.p99', values: [5.2, 5.2, 5.2] },
        { name: 'operations.fail', values: [0, 0, 0, 0] },
      ],
      4,
    );
    expect(lines).toEqual([
      'set:             min     q1  median     q3     max',
      '    lost         848    848     850    850     901  █··················▃',
      '    loss_rate  0.424  0.424   0.425  0.425  0.4505  █··················▃',
      '',
      'latency_ms:      min     q1  median     q3     max',
      '    p99          5.2    5.2     5.2    5.2     5.2  █···················  in 3 of 4 runs',
      '',
      'always: set attempted 2000, duplicated 0, operations fail 0',
    ]);
  });

  it('break what is long', () => {
    const names = Array.from({ length: 20 }, (_, at) => ({ name: `set.number_${at}`, values: [at] }));
    const lines = distributionLines(names, 1);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(lines[1]).toMatch(/^ {8}number_\d/);
  });

  it('have nothing to say of nothing', () => {
    expect(distributionLines([], 0)).toEqual([]);
  });
});

describe('bars', () => {
  it('show few as some, and none as none', () => {
    expect(barsOf([0, 1, 50, 100])).toBe('·▁▄█');
  });
});

describe('numbers', () => {
  it('are whole, or have four digits that count', () => {
    expect([12345, 0.0012345, 1 / 3, 0].map(formatNumber)).toEqual(['12345', '0.001234', '0.3333', '0']);
  });

  it('as shares never round to none or all', () => {
    const shares = [0, 1, 0.5, 0.4244, 0.0004, 0.99996, 1e-7, 1 - 1e-7];
    expect(shares.map(formatShare)).toEqual([
      ...['0%', '100%', '50.0%', '42.4%', '0.04%', '99.996%', '<0.0001%', '>99.9999%'],
    ]);
  });
});
