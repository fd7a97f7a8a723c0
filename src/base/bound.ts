/** What a number must be, as plans write it: `>= 90%`, `< 200ms`, `0`. */
import { parseDurationMs } from './units.ts';

const HOLDS = {
  '>=': (value: number, bound: number) => value >= bound,
  '<=': (value: number, bound: number) => value <= bound,
  '>': (value: number, bound: number) => value > bound,
  '<': (value: number, bound: number) => value < bound,
  '=': (value: number, bound: number) => value === bound,
  '!=': (value: number, bound: number) => value !== bound,
} as const;

const BOUND = /^(>=|<=|>|<|=|!=)? ?(-?\d{1,15}(?:\.\d{1,9})?)(%|ms|s|m|h)?$/;
const DURATION_BOUND =
  /^(<=|<) ?(\d{1,9}(?:\.\d{1,6})?ms|\d{1,6}(?:\.\d{1,9})?s|\d{1,4}(?:\.\d{1,9})?m|\d{1,3}(?:\.\d{1,9})?h)$/;

export const BOUND_PATTERNS = { any: BOUND.source, duration: DURATION_BOUND.source } as const;

export interface Bound {
  readonly sign: keyof typeof HOLDS;
  /** Milliseconds, percent, or the number itself. */
  readonly value: number;
  /** What it bounds: a time, a share, or anything. */
  readonly unit: 'ms' | '%' | undefined;
}

/** Reads `>= 90%`, `< 5s`, `!= 3`; without a sign it is `=`. Undefined for any other text. */
export function parseBound(text: string): Bound | undefined {
  const [all, sign = '=', number, unit] = BOUND.exec(text) ?? [];
  if (all === undefined) return undefined;
  const at = { sign: sign as Bound['sign'] };
  if (unit === '%' || unit === undefined) return { ...at, value: Number(number), unit };
  const value = parseDurationMs(`${number}${unit}`);
  return value === undefined ? undefined : { ...at, value, unit: 'ms' };
}

/** Whether a number (of milliseconds, of percent) is within the bound. What floating point has added at the twelfth digit is no difference. */
export function isWithin({ sign, value: bound }: Bound, value: number): boolean {
  return HOLDS[sign](Number(value.toPrecision(12)), bound);
}
