/**
 * Quantities with units, as plans write them. One parser a kind; each returns undefined for a text it
 * does not accept, and each kind has a sentence that shows the accepted forms.
 */
/** So many digits of each unit that no duration passes 42 days: history time counts nanoseconds up to 2^53, 104 days. */
const DURATION = /^(\d{1,9}(\.\d{1,6})?ms|\d{1,6}(\.\d{1,9})?s|\d{1,4}(\.\d{1,9})?m|\d{1,3}(\.\d{1,9})?h)$/;
const QUANTITY = /^([\d.]+)([a-z]+)$/;
const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const RATE = /^(?:max|(\d{1,7}(?:\.\d{1,6})?)\/(ms|s|m|h))$/;
const PERCENTAGE = /^(\d+(?:\.\d+)?)%$/;

export const FORMS = {
  duration: 'a duration such as 250ms, 15s, 2m or 1h',
  rate: 'a rate such as 100/s or 30/m, not zero, or max',
  percentage: 'a percentage such as 90%',
} as const;

/** What is written well, and is yet refused. */
export const LIMITS = {
  duration: 'at most 999h, 9999m, 999999s or 999999999ms',
  rate: 'at most seven digits before the point, and six behind it',
  percentage: 'at most 100%',
} as const;

export const PATTERNS = { duration: DURATION.source, rate: RATE.source, percentage: PERCENTAGE.source } as const;

/** Milliseconds of a duration such as `250ms`, `15s`, `2m`, `1h`. */
export function parseDurationMs(text: string): number | undefined {
  const match = DURATION.test(text) ? QUANTITY.exec(text) : null;
  return match ? Number(match[1]) * MS[match[2] as keyof typeof MS] : undefined;
}

/** Operations per second of a rate such as `100/s`, `30/m`; never zero. `max` is Infinity. */
export function parseRatePerS(text: string): number | undefined {
  const match = RATE.exec(text);
  if (!match) return undefined;
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const rate = (Number(match[1]) * 1000) / MS[match[2] as keyof typeof MS];
  return rate > 0 ? rate : undefined;
}

/** A fraction in [0, 1] of a percentage such as `90%`. */
export function parsePercentage(text: string): number | undefined {
  const match = PERCENTAGE.exec(text);
  if (!match) return undefined;
  const fraction = Number(match[1]) / 100;
  return fraction <= 1 ? fraction : undefined;
}

/** Milliseconds of a duration that validation has already accepted. @throws when it is none (a bug). */
export function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new TypeError(`"${text}" is not ${FORMS.duration}`);
  return ms;
}

/** Milliseconds as a person writes them: `250ms`, `4s`, `1m30s`. */
export function formatMs(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1) return `${Number(ms.toPrecision(3))}ms`;
  const rounded = round(ms);
  if (rounded < 1000) return `${rounded}ms`;
  // To the millisecond from here on: what is shown as 60 s would be a minute.
  const whole = Math.round(ms);
  if (whole < 60_000) return `${whole / 1000}s`;
  const minutes = Math.floor(whole / 60_000);
  const rest = whole - minutes * 60_000;
  return rest === 0 ? `${minutes}m` : `${minutes}m${rest / 1000}s`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
