import { FORMS } from '../../base/units.ts';

/** The part of a JSON Schema that has words. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema | readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
  readonly expected?: string;
  readonly [keyword: string]: unknown;
}

const TYPES: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of settings (key: value)',
  null: 'nothing',
};

/** What a schema accepts, in words. */
export function expectedWords(schema: Schema): string {
  if (schema.expected !== undefined) return schema.expected;
  if (schema.format === 'node') return 'a node or a selector';
  if (schema.format === 'endpoint') return 'a node, a selector or clients';
  if (schema.format !== undefined && Object.hasOwn(FORMS, schema.format)) {
    return FORMS[schema.format as keyof typeof FORMS];
  }
  const choices = choicesOf(schema);
  if (choices !== undefined) return `${choices.length > 1 ? 'one of ' : ''}${choices.map(show).join(', ')}`;
  if (schema.anyOf !== undefined) return schema.anyOf.map(expectedWords).join(', or ');
  const types = [schema.type ?? []].flat().map((type) => TYPES[type] ?? type);
  return `${types.join(' or ') || 'something else'}${rangeWords(schema)}`;
}

/** The values that a schema of choices accepts. */
export function choicesOf(schema: Schema): readonly unknown[] | undefined {
  if (schema.enum !== undefined) return schema.enum;
  if (Object.hasOwn(schema, 'const')) return [schema.const];
  const branches = schema.anyOf?.map(choicesOf);
  return branches?.every((branch) => branch !== undefined) ? branches.flat() : undefined;
}

/** What was found, in words. */
export function foundWords(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return value === '' ? 'empty text' : `the text ${show(value)}`;
  return show(value);
}

/** A value as it stands in a plan: text in quotes, shortened. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    const text = value.length > 60 ? `${value.slice(0, 57)}...` : value;
    return JSON.stringify(text);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : '.inf';
  return typeof value === 'object' && value !== null ? foundWords(value) : String(value);
}

function rangeWords({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return minimum === 0 ? ', not negative' : `, at least ${minimum}`;
  return maximum === undefined ? '' : `, at most ${maximum}`;
}
