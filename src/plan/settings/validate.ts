import type { Findings } from '../text/source.ts';
import { check, unknownKeyword } from './check.ts';
import { reportDeprecated } from './deprecated.ts';
import { report } from './translate.ts';
import type { Schema } from './words.ts';

/**
 * Checks `value` against `schema` and fills in the defaults. Everything wrong is reported in words, and keys
 * that are deprecated, as warnings.
 * @returns a copy with the defaults; undefined where something is wrong.
 */
export function validate(schema: object, value: unknown, path: string, findings: Findings): unknown {
  const unknown = unknownKeyword(schema as Schema);
  if (unknown !== undefined) {
    const message = `the settings of this module cannot be checked: their schema uses "${unknown}"`;
    const hint = 'the keywords that a schema may use stand in src/plan/README.md';
    findings.add({ rule: 'module-settings', path, at: 'key', message, hint });
    return undefined;
  }
  reportDeprecated(schema as Schema, value, path, findings);
  const copy = structuredClone(value);
  const violations = check(schema as Schema, copy, path);
  if (violations.length === 0) return copy;
  report(violations, findings);
  return undefined;
}

/** Whether an empty map is accepted: the module can be named without settings. */
export function acceptsNothing(schema: object): boolean {
  return check(schema as Schema, {}, '').length === 0;
}
