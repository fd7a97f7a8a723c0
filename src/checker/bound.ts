import Type from 'typebox';
import { BOUND_PATTERNS, type Bound, parseBound } from '../base/bound.ts';

/** A string such as `< 200ms`: how long something may take at most. */
export function DurationBound(description: string, example: string) {
  return Type.String({
    description,
    pattern: BOUND_PATTERNS.duration,
    strictness: 'bound',
    expected: `a bound such as "${example}" or "<= 1m"`,
    examples: [example],
  });
}

/** A bound that validation has already accepted. @throws when it is none (a bug). */
export function boundOf(text: string): Bound {
  const bound = parseBound(text);
  if (bound === undefined) throw new TypeError(`"${text}" is not a bound`);
  return bound;
}
