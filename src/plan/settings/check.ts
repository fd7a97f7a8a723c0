/**
 * JSON Schema, as far as settings need it: the keywords below, with draft-07's meaning. A schema that uses another
 * one is refused rather than half understood. It is a walk, not a compiler: a plan is checked once, and ajv takes
 * 50 ms to load and to compile what this walks in one. A test holds the two to the same answers.
 */
import { isDeepStrictEqual } from 'node:util';
import { parseDurationMs, parsePercentage, parseRatePerS } from '../../base/units.ts';
import { childPath } from '../text/path.ts';
import type { Schema } from './words.ts';

/** One thing that is wrong: the keyword of `schema` that the value at `path` does not satisfy. */
export interface Violation {
  readonly keyword: string;
  readonly schema: Schema;
  readonly value: unknown;
  readonly path: string;
  /** Of `required` and `additionalProperties`: the key. */
  readonly key?: string;
  /** Of `uniqueItems`: where the item stands again. */
  readonly index?: number;
}

type Json = Record<string, unknown>;

/** What is wrong with `value`, and its defaults filled in, in place. Of a scalar, the first thing only. */
export function check(schema: Schema, value: unknown, path: string): Violation[] {
  const wrong = (keyword: string, more: { key?: string; index?: number } = {}): Violation => {
    return { keyword, schema, value, path, ...more };
  };
  if (schema.type !== undefined && !isKind(schema, value)) return [wrong('type')];
  if (schema.anyOf !== undefined) return checkUnion(schema.anyOf, value, path) ?? [wrong('anyOf')];
  if (schema.enum?.some((choice) => isDeepStrictEqual(choice, value)) === false) return [wrong('enum')];
  if (Object.hasOwn(schema, 'const') && !isDeepStrictEqual(schema.const, value)) return [wrong('const')];
  if (schema.not !== undefined && check(schema.not as Schema, value, path).length === 0) return [wrong('not')];
  if (Array.isArray(value)) return checkList(schema, value, path, wrong);
  if (typeof value === 'object' && value !== null) return checkMap(schema, value as Json, path, wrong);
  const broken = SCALAR_KEYWORDS.find(([keyword, holds]) => {
    return schema[keyword] !== undefined && !holds(value as never, schema[keyword] as never);
  });
  return broken === undefined ? [] : [wrong(broken[0])];
}

/** A keyword that a schema uses and `check` does not know; undefined where there is none. */
export function unknownKeyword(schema: Schema): string | undefined {
  for (const [keyword, below] of Object.entries(schema)) {
    if (!KEYWORDS.has(keyword)) return keyword;
    const schemas =
      keyword === 'properties' ? Object.values(below as Json) : SUBSCHEMAS.has(keyword) ? [below].flat() : [];
    for (const one of schemas) {
      const unknown = unknownKeyword(one as Schema);
      if (unknown !== undefined) return unknown;
    }
  }
  return undefined;
}

/** Whether a schema is for values of this kind, whatever else it asks of them. */
export function isKind(schema: Schema, value: unknown): boolean {
  const kinds = [schema.type ?? []].flat();
  if (kinds.length === 0) return true;
  if (typeof value === 'number') {
    return (
      Number.isFinite(value) && (kinds.includes('number') || (kinds.includes('integer') && Number.isInteger(value)))
    );
  }
  return kinds.includes(value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
}

type Wrong = (keyword: string, more?: { key?: string; index?: number }) => Violation;

/** A union's violations are those of the branch that was meant, where the kind of value tells which; else undefined. */
function checkUnion(branches: readonly Schema[], value: unknown, path: string): Violation[] | undefined {
  const meant = branches.filter((branch) => branch.type !== undefined && isKind(branch, value));
  const found = branches.map((branch) => check(branch, structuredClone(value), path));
  const right = branches[found.findIndex((violations) => violations.length === 0)];
  // once more, on the value itself: for the defaults
  if (right !== undefined) return check(right, value, path);
  const [only] = meant;
  return only !== undefined && meant.length === 1 && !('const' in only) ? check(only, value, path) : undefined;
}

function checkList(schema: Schema, list: readonly unknown[], path: string, wrong: Wrong): Violation[] {
  const found: Violation[] = [];
  if (list.length < Number(schema.minItems ?? 0)) found.push(wrong('minItems'));
  const tuple = Array.isArray(schema.items) && schema.additionalItems === false ? schema.items.length : undefined;
  if (list.length > Number(schema.maxItems ?? tuple ?? Number.POSITIVE_INFINITY)) found.push(wrong('maxItems'));
  if (schema.uniqueItems === true) {
    const index = firstTwin(list);
    if (index >= 0) found.push(wrong('uniqueItems', { index }));
  }
  const { items } = schema;
  const of = (index: number) => (Array.isArray(items) ? items[index] : items) as Schema | undefined;
  return [...found, ...list.flatMap((item, index) => check(of(index) ?? {}, item, childPath(path, index)))];
}

/** Index of the first item that stands before it, too; -1 where there is none. Lists of a stranger are long: plain values cost a look each. */
function firstTwin(list: readonly unknown[]): number {
  const plain = new Set<unknown>();
  const others: unknown[] = [];
  return list.findIndex((item) => {
    if (typeof item === 'object' && item !== null) {
      if (others.some((other) => isDeepStrictEqual(item, other))) return true;
      others.push(item);
      return false;
    }
    if (plain.has(item)) return true;
    plain.add(item);
    return false;
  });
}

function checkMap(schema: Schema, map: Json, path: string, wrong: Wrong): Violation[] {
  const properties = schema.properties ?? {};
  const closed = schema.additionalProperties === false;
  const unknown = closed ? Object.keys(map).filter((key) => !Object.hasOwn(properties, key)) : [];
  const found = unknown.map((key) => wrong('additionalProperties', { key }));
  for (const [key, property] of Object.entries(properties)) {
    if (!Object.hasOwn(map, key) && property.default !== undefined) map[key] = structuredClone(property.default);
    if (Object.hasOwn(map, key)) found.push(...check(property, map[key], childPath(path, key)));
    else if ((schema.required as readonly string[] | undefined)?.includes(key)) found.push(wrong('required', { key }));
  }
  const { additionalProperties: others } = schema;
  if (typeof others === 'object') {
    for (const [key, item] of Object.entries(map))
      if (!Object.hasOwn(properties, key)) found.push(...check(others as Schema, item, childPath(path, key)));
  }
  return found;
}

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  duration: (text) => parseDurationMs(text) !== undefined,
  rate: (text) => parseRatePerS(text) !== undefined,
  percentage: (text) => parsePercentage(text) !== undefined,
  // which nodes there are is the plan's affair: `checks/nodes.ts`
  node: () => true,
  endpoint: () => true,
};

const ofNumber = (holds: (value: number, bound: number) => boolean) => (value: unknown, bound: number) =>
  typeof value !== 'number' || holds(value, bound);
const ofText =
  <B>(holds: (value: string, bound: B) => boolean) =>
  (value: unknown, bound: B) =>
    typeof value !== 'string' || holds(value, bound);

const SCALAR_KEYWORDS: readonly [string, (value: unknown, bound: never) => boolean][] = [
  ['format', ofText((text, format: string) => FORMATS[format]?.(text) ?? true)],
  ['pattern', ofText((text, pattern: string) => new RegExp(pattern, 'u').test(text))],
  ['minLength', ofText((text, least: number) => [...text].length >= least)],
  ['maxLength', ofText((text, most: number) => [...text].length <= most)],
  ['minimum', ofNumber((value, bound) => value >= bound)],
  ['maximum', ofNumber((value, bound) => value <= bound)],
  ['exclusiveMinimum', ofNumber((value, bound) => value > bound)],
  ['exclusiveMaximum', ofNumber((value, bound) => value < bound)],
];

const SUBSCHEMAS = new Set(['anyOf', 'not', 'items', 'additionalProperties']);
const KEYWORDS = new Set([
  ...['type', 'const', 'enum', 'anyOf', 'not', 'properties', 'required', 'additionalProperties', 'items'],
  ...['additionalItems', 'minItems', 'maxItems', 'uniqueItems', ...SCALAR_KEYWORDS.map(([keyword]) => keyword)],
  ...[
    'title',
    'description',
    'default',
    'examples',
    'expected',
    'block',
    'strictness',
    'deprecated',
    '$comment',
    '$id',
  ],
]);
