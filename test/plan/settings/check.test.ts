import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { check, unknownKeyword } from '../../../src/plan/settings/check.ts';
import type { Schema } from '../../../src/plan/settings/words.ts';
import { parseText } from '../fixtures.ts';
import { registry } from '../registry.ts';

const schemas: readonly Schema[] = [
  {},
  { type: 'integer' },
  { type: 'number' },
  { type: 'string' },
  { type: 'boolean' },
  { type: 'null' },
  { type: 'array' },
  { type: 'object' },
  { type: ['object', 'null'] },
  { const: 1 },
  { const: ['a'] },
  { enum: ['a', 1, null, { a: 1 }] },
  { not: { enum: ['a', 'b'] } },
  { type: 'number', minimum: 1, maximum: 2 },
  { type: ['number', 'string'], exclusiveMinimum: 1, exclusiveMaximum: 3 },
  { minLength: 1, maxLength: 2 },
  { pattern: '^[a-c]+$' },
  { type: 'array', minItems: 1, maxItems: 2 },
  { type: 'array', uniqueItems: true },
  { type: 'array', uniqueItems: true, items: { type: ['string', 'object', 'array'] } },
  { type: 'array', items: { type: 'string' } },
  { type: 'array', items: [{ type: 'string' }, { type: 'integer' }], additionalItems: false, minItems: 1 },
  { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
  { type: 'object', properties: { a: { type: 'integer' } }, additionalProperties: false },
  { type: 'object', properties: { a: { type: 'integer', default: 3 }, b: {} }, required: ['a'] },
  { type: 'object', additionalProperties: { type: 'string' } },
  { type: 'object', properties: { a: {} }, additionalProperties: { type: 'integer', maximum: 1 } },
  { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] },
  {
    anyOf: [
      { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
      { type: 'object', maximum: 1 },
    ],
  },
];

const values: readonly unknown[] = [
  ...[0, 1, 1.5, 2, 3, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300],
  ...['', 'a', 'abc', 'd', '𝄞', '𝄞𝄞𝄞', true, false, null],
  ...[[], ['a'], ['a', 1], ['a', 'a'], [1, '1'], [{ a: 1 }, { a: 1 }], ['a', 1, 2], [[], []]],
  ...[{}, { a: 1 }, { a: 'x' }, { b: 1 }, { a: 1, b: 2 }, { constructor: 1 }, JSON.parse('{"__proto__": 1}')],
];

describe('the walk and ajv agree', () => {
  const ajv = new Ajv({ strict: false, strictNumbers: true, useDefaults: true, allErrors: true });
  it.each(schemas.map((schema) => [JSON.stringify(schema), schema] as const))('%s', (_, schema) => {
    const accepts = ajv.compile(schema);
    for (const value of values) {
      const [ours, theirs] = [structuredClone(value), structuredClone(value)];
      expect(check(schema, ours, '').length === 0, JSON.stringify(value)).toBe(accepts(theirs));
      if (accepts(theirs)) expect(ours).toEqual(theirs);
    }
  });
});

describe('defaults', () => {
  it('are filled in within the branch of a union that was meant', () => {
    const branch = { type: 'object', properties: { a: { type: 'integer', default: 3 } }, required: ['a'] } as const;
    const value = { of: {} };
    expect(check({ properties: { of: { anyOf: [{ type: 'string' }, branch] } } }, value, '')).toEqual([]);
    expect(value).toEqual({ of: { a: 3 } });
  });
  it('are not shared between plans', () => {
    const schema = { properties: { list: { default: [] } } };
    const [one, other] = [{} as { list?: unknown[] }, {} as { list?: unknown[] }];
    check(schema, one, '');
    check(schema, other, '');
    expect(one.list).not.toBe(other.list);
  });
});

describe('a schema with a keyword that the walk does not know', () => {
  it.each([
    [{ allOf: [] }, 'allOf'],
    [{ properties: { a: { anyOf: [{ type: 'array', items: { multipleOf: 2 } }] } } }, 'multipleOf'],
    [{ not: { $ref: '#' } }, '$ref'],
    [{ additionalProperties: { allOf: [] } }, 'allOf'],
  ])('%j', (schema, keyword) => expect(unknownKeyword(schema as Schema)).toBe(keyword));

  it('is a problem of the plan that uses the module, not a setting that nobody checks', () => {
    const noop = registry.databases.get('noop')!;
    const odd = { ...noop, name: 'odd', settings: { type: 'object', patternProperties: {} } };
    const databases = new Map([...registry.databases, ['odd', odd]]);
    const { problems } = parseText('plan: 1\ndatabase:\n  odd:\nworkload:\n  noop:\n', { ...registry, databases });
    expect(problems).toMatchObject([{ rule: 'module-settings', path: 'database.odd', line: 3 }]);
    expect(problems[0]?.message).toContain('"patternProperties"');
  });
});
