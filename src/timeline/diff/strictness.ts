import { type Bound, parseBound } from '../../base/bound.ts';
import type { Schema } from '../../plan/index.ts';
import type { Change } from './change.ts';

type Strictness = NonNullable<Change['strictness']>;

/**
 * How strict a setting is after a change, as the schema's `strictness` tells it:
 * - `rises`, `falls`: with the value: a number, false before true, a list with all its items before one with more;
 * - `bound`: it is a bound such as `>= 90%`, or none;
 * - lists of values, each from the loosest to the strictest; values that no list has in common cannot be compared.
 *
 * Undefined is a setting that is not there. Of one without the keyword nobody can say.
 */
export function strictnessOf({ strictness }: Schema, before: unknown, after: unknown): Strictness {
  if (strictness === 'bound') return signed(compareBounds(before, after));
  if (Array.isArray(strictness)) return signed(compareInChains(strictness, before, after));
  if (strictness === 'rises') return signed(compare(before, after));
  if (strictness === 'falls') return signed(compare(after, before));
  return 'other';
}

function signed(order: number | undefined): Strictness {
  if (order === undefined || order === 0) return 'other';
  return order > 0 ? 'stricter' : 'looser';
}

/** Positive where `after` is more; undefined where that makes no sense. */
function compare(before: unknown, after: unknown): number | undefined {
  if (Array.isArray(before) && Array.isArray(after)) {
    const more = after.filter((item) => !before.includes(item)).length;
    const less = before.filter((item) => !after.includes(item)).length;
    return more > 0 && less > 0 ? undefined : more - less;
  }
  if (typeof before !== typeof after || (typeof before !== 'number' && typeof before !== 'boolean')) return undefined;
  return Number(after) - Number(before);
}

/** Positive where `after` accepts less. No bound accepts all. */
function compareBounds(before: unknown, after: unknown): number | undefined {
  if (before === undefined || after === undefined) return before === undefined ? 1 : -1;
  const [old, now] = [before, after].map((text) => (typeof text === 'string' ? parseBound(text) : undefined));
  if (old === undefined || now === undefined || old.unit !== now.unit) return undefined;
  const way = wayOf(old);
  if (way === undefined || way !== wayOf(now)) return undefined;
  if (old.value !== now.value) return (now.value - old.value) * way;
  return now.sign.length === old.sign.length ? 0 : old.sign.length - now.sign.length;
}

/** 1: a higher value accepts less; -1: a lower one does. */
function wayOf({ sign }: Bound): number | undefined {
  if (sign === '>' || sign === '>=') return 1;
  return sign === '<' || sign === '<=' ? -1 : undefined;
}

function compareInChains(chains: readonly (readonly unknown[])[], before: unknown, after: unknown): number | undefined {
  const chain = chains.find((one) => one.includes(before) && one.includes(after));
  return chain && chain.indexOf(after) - chain.indexOf(before);
}
