import { childPath } from '../text/path.ts';
import type { Findings } from '../text/source.ts';
import { check } from './check.ts';
import type { Schema } from './words.ts';

/**
 * Warns of every key in `value` whose schema is `deprecated`: a text that says what to write instead, or `true`. `value` must be
 * as it was given: a default uses nothing.
 */
export function reportDeprecated(schema: Schema, value: unknown, path: string, findings: Findings): void {
  const { deprecated } = schema;
  if (deprecated !== undefined && deprecated !== false) {
    const hint = typeof deprecated === 'string' ? deprecated : undefined;
    const message = `${path} is deprecated: it still works, and will be taken away`;
    findings.add({ rule: 'deprecated-key', severity: 'warning', path, at: 'key', message, hint });
  }
  const meant = schema.anyOf?.find((branch) => check(branch, structuredClone(value), path).length === 0);
  if (meant !== undefined) reportDeprecated(meant, value, path, findings);
  for (const [below, inner, key] of parts(schema, value)) {
    reportDeprecated(below, inner, childPath(path, key), findings);
  }
}

/** What a value holds, and the schema of each. */
function parts(
  { properties = {}, additionalProperties: others, items }: Schema,
  value: unknown,
): [schema: Schema, value: unknown, key: string | number][] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    return value.map((item, index) => [(Array.isArray(items) ? items[index] : items) ?? {}, item, index]);
  }
  const other = typeof others === 'object' && others !== null ? (others as Schema) : {};
  return Object.entries(value).map(([key, item]) => {
    return [Object.hasOwn(properties, key) ? (properties[key] ?? other) : other, item, key];
  });
}
