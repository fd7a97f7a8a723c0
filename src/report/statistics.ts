/** What many runs say together: quantiles, bins, and how sure a share is. */

/** What a number was, over the runs. Each of the five is a number that some run had. */
export interface Distribution {
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
}

/** Of at least one value. */
export function distributionOf(values: readonly number[]): Distribution {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => quantile(sorted, q);
  return { min: at(0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1) };
}

/**
 * The least value that a fraction `q` of the values does not exceed: definition 1 of Hyndman and Fan, Sample Quantiles
 * in Statistical Packages (1996). It does not interpolate, so that there is a run to look at.
 */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] as number;
}

export interface Share {
  readonly count: number;
  /** count / runs; 0 of no runs. */
  readonly share: number;
  /** The 95% confidence interval of the share. */
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95% of the normal distribution. */
const Z = 1.959964;

/**
 * A share with its interval by E. B. Wilson, Probable Inference (1927). Unlike count/n +- 1.96 sd it stays within [0, 1]
 * and is not empty where the count is 0 or n: none of 100 does not mean never (Brown, Cai and DasGupta, Interval
 * Estimation for a Binomial Proportion, 2001).
 */
export function shareOf(count: number, n: number): Share {
  if (n === 0) return { count, share: 0, low: 0, high: 1 };
  const p = count / n;
  const middle = p + Z ** 2 / (2 * n);
  const margin = Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  const scale = 1 + Z ** 2 / n;
  // exactly the ends, where rounding would miss them by a hair
  const low = count === 0 ? 0 : (middle - margin) / scale;
  const high = count === n ? 1 : (middle + margin) / scale;
  return { count, share: rounded(p), low: rounded(low), high: rounded(high) };
}

function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}

const BINS_MAX = 20;

/**
 * How many of the values fall into each of at most twenty bins of equal width from the least to the greatest. Whole
 * numbers that are close together get a bin each.
 */
export function binsOf(values: readonly number[]): number[] {
  const { min, max } = distributionOf(values);
  const whole = values.every(Number.isInteger);
  const count = whole ? Math.min(BINS_MAX, max - min + 1) : BINS_MAX;
  const bins = Array.from({ length: count }, () => 0);
  // of whole numbers each one is as wide as the gap to the next
  const width = (max - min + (whole ? 1 : 0)) / count;
  for (const value of values) {
    const bin = width === 0 ? 0 : Math.min(count - 1, Math.floor((value - min) / width));
    bins[bin] = (bins[bin] as number) + 1;
  }
  return bins;
}
