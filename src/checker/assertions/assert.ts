import { type Bound, isWithin, parseBound } from '../../base/bound.ts';
import type { Validity } from '../../contract/index.ts';
import { named, type Reported } from './names.ts';

export type Wanted = string | number | boolean;

export interface Assertion {
  readonly name: string;
  readonly wanted: Wanted;
  readonly valid: Validity;
  /** The path of the number that was meant, and what it is: text with its unit, or as it is. */
  readonly found?: string;
  readonly value?: Reported['value'];
  /** Where several numbers are called so, or none: what there is. */
  readonly candidates?: readonly string[];
  readonly why?: string;
}

const CANDIDATES_MAX = 8;

export function assertAll(wanted: Readonly<Record<string, Wanted>>, reported: readonly Reported[]): Assertion[] {
  return Object.entries(wanted).map(([name, bound]) => assertOne(name, bound, reported));
}

function assertOne(name: string, wanted: Wanted, reported: readonly Reported[]): Assertion {
  const unknown = (why: string, of: readonly Reported[]): Assertion => {
    const candidates = of.slice(0, CANDIDATES_MAX).map(({ path }) => path);
    return { name, wanted, valid: 'unknown', why, ...(candidates.length > 0 && { candidates }) };
  };
  const bound = boundOf(wanted);
  const called = named(name, reported);
  const fitting = called.filter(({ unit, value }) => fits(bound, unit, value));
  // A bare number is a count rather than a share or a time.
  const counts = fitting.filter(({ unit }) => unit === undefined);
  const isBare = typeof bound === 'object' && bound.unit === undefined;
  const meant = isBare && counts.length > 0 ? counts : fitting;
  const comparedOf = ({ raw, value }: Reported) => (isBare ? raw : value);
  if (called.length === 0) {
    const near = nearby(name, reported);
    const guess =
      near.length === 0
        ? ''
        : `; did you mean ${near
            .slice(0, 3)
            .map(({ path }) => path)
            .join(' or ')}?`;
    return unknown(`nobody reported "${name}"${guess}`, []);
  }
  if (meant.length === 0) {
    const what =
      typeof bound === 'object' && bound.unit === '%'
        ? 'a share'
        : typeof bound === 'object'
          ? 'such a number'
          : 'true or false';
    return unknown(`"${name}" is not ${what}, but ${show(called[0] as Reported)}`, called);
  }
  const [one] = meant as [Reported];
  if (meant.some((other) => comparedOf(other) !== comparedOf(one))) {
    const list = meant.slice(0, CANDIDATES_MAX).map(({ path }) => path);
    return unknown(`"${name}" may be ${list.join(' or ')}: say which`, meant);
  }
  const compared = comparedOf(one);
  const holds = typeof bound === 'object' ? isWithin(bound, compared as number) : compared === bound;
  const value = show(one);
  const found = { name, wanted, found: one.path, value };
  return holds ? { ...found, valid: true } : { ...found, valid: false, why: `${name} is ${value}, not ${wanted}` };
}

function boundOf(wanted: Wanted): Bound | boolean {
  if (typeof wanted === 'boolean') return wanted;
  if (typeof wanted === 'number') return { sign: '=', value: wanted, unit: undefined };
  const bound = parseBound(wanted);
  if (bound === undefined) throw new TypeError(`"${wanted}" is not a bound`);
  return bound;
}

/** A time is compared with a time, a share with a share; a bare number with any. */
function fits(bound: Bound | boolean, unit: Reported['unit'], value: Reported['value']): boolean {
  if (typeof bound === 'boolean') return typeof value !== 'number';
  return typeof value === 'number' && (bound.unit === undefined || bound.unit === unit);
}

function show({ value, unit }: Reported): string | number | boolean {
  return unit === undefined || typeof value !== 'number' ? value : `${value}${unit}`;
}

/** Numbers whose name has one of the words. */
function nearby(name: string, reported: readonly Reported[]): Reported[] {
  const words = name.toLowerCase().split(/[\s._]+/);
  return reported.filter(({ path }) =>
    path
      .toLowerCase()
      .split(/[._]/)
      .some((word) => words.includes(word)),
  );
}
