/** The numbers in what was reported, by name. */

export interface Reported {
  /** Where it stands: `latency_ms.p99`. */
  readonly path: string;
  /** The words of the path, without the unit: `latency p99`. */
  readonly words: readonly string[];
  readonly unit: 'ms' | '%' | undefined;
  /** In milliseconds, in percent, or as it is. */
  readonly value: number | boolean | string;
  /** As it was reported. */
  readonly raw: number | boolean | string;
}

/** Deeper than this nobody names a number. */
const DEPTH_MAX = 6;
const NUMBERS_MAX = 100_000;

/** A unit at the end of a name, and what one of it is in milliseconds or in percent. */
const UNITS: Readonly<Record<string, readonly [unit: 'ms' | '%', factor: number]>> = {
  ns: ['ms', 1e-6],
  ms: ['ms', 1],
  s: ['ms', 1000],
  rate: ['%', 100],
  share: ['%', 100],
};

/** Every number and truth value in maps within maps, and each `valid`; lists have no names. */
export function numbersOf(reported: unknown): Reported[] {
  const found: Reported[] = [];
  const look = (value: unknown, path: readonly string[], above: Reported['unit'] | undefined, factor: number) => {
    if (found.length >= NUMBERS_MAX) return;
    const last = path.at(-1) ?? '';
    if (typeof value === 'number' || typeof value === 'boolean' || (last === 'valid' && typeof value === 'string')) {
      const isNumber = typeof value === 'number';
      const unit = isNumber ? above : undefined;
      const scaled = isNumber && unit !== undefined ? Number((value * factor).toPrecision(12)) : value;
      found.push({ path: path.join('.'), words: path.map(withoutUnit), unit, value: scaled, raw: value });
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && path.length < DEPTH_MAX) {
      for (const [key, item] of Object.entries(value)) {
        // A count beside quantiles is no time.
        const [unit, by] = key === 'count' ? [undefined, 1] : (unitOf(key) ?? [above, factor]);
        look(item, [...path, key], unit, by);
      }
    }
  };
  look(reported, [], undefined, 1);
  return found;
}

/**
 * Those that a name means: it is their path, or the last words of it, separated by blanks or points; each word with or without
 * its unit, and a blank for an underscore.
 */
export function named(name: string, all: readonly Reported[]): Reported[] {
  const whole = all.filter(({ path }) => path === name);
  if (whole.length > 0) return whole;
  const wanted = ` ${name.trim().replaceAll(/[\s._]+/g, ' ')}`;
  return all.filter(({ path, words }) => {
    const full = ` ${path.replaceAll(/[._]/g, ' ')}`;
    const short = ` ${words.join(' ').replaceAll('_', ' ')}`;
    return full.endsWith(wanted) || short.endsWith(wanted);
  });
}

function unitOf(key: string): (typeof UNITS)[string] | undefined {
  const word = key.slice(key.lastIndexOf('_') + 1);
  return Object.hasOwn(UNITS, word) ? UNITS[word] : undefined;
}

function withoutUnit(key: string): string {
  const at = key.lastIndexOf('_');
  return at > 0 && unitOf(key) !== undefined ? key.slice(0, at) : key;
}
