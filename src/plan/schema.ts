/** The plan's JSON Schema, for editors: hover, completion and marks while one types. */
import { PATTERNS } from '../base/units.ts';
import type { Registry } from '../contract/index.ts';
import { exampleBlocks, exampleOf } from './example.ts';
import { BLOCKS, FAULT_KEYS, MIX_DESCRIPTION, PLAN_KEYS, WORKLOAD_KEYS } from './language.ts';
import { acceptsNothing } from './settings/validate.ts';
import { choicesOf, type Schema } from './settings/words.ts';

type Json = Record<string, unknown>;

/**
 * The schema of plans that use the modules of `registry`: draft-07, which every editor's YAML server reads. It
 * accepts what the validator accepts, up to what only the plan as a whole can tell: which nodes there are, what goes
 * with what, and when.
 */
export function planSchema(registry: Registry): Json {
  const environments = [...registry.environments.keys()];
  const top = propertiesOf(PLAN_KEYS);
  const { environment, database, workload, faults, checker } = BLOCKS;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    description: 'A plan of plan-run: names nodes, a database, a workload, a schedule of faults and the checkers.',
    type: 'object',
    properties: {
      ...top,
      environment: {
        description: `${environment.description} Default: ${environments[0]}.`,
        anyOf: [{ enum: environments }, block({}, registry.environments)],
        default: environments[0],
        examples: environments.slice(0, 2),
      },
      database: {
        description: database.description,
        ...block({}, registry.databases),
        examples: exampleBlocks(registry.databases.values(), 2),
      },
      workload: {
        description: workload.description,
        ...block(propertiesOf(WORKLOAD_KEYS), registry.workloads),
        examples: exampleBlocks(registry.workloads.values(), 2).map((own) => ({ clients: 5, rate: '100/s', ...own })),
      },
      faults: {
        description: faults.description,
        type: 'array',
        items: fault(registry),
        default: [],
        examples: exampleBlocks(registry.nemeses.values(), 1).map((own) => [{ at: '15s', for: '20s', ...own }]),
      },
      checker: {
        description: checker.description,
        ...block({}, registry.checkers, 'many'),
        examples: exampleBlocks(registry.checkers.values(), 2),
      },
    },
    required: ['plan', 'database', 'workload'],
    additionalProperties: false,
  };
}

type Modules = ReadonlyMap<string, { readonly summary: string; readonly settings: object }>;

/** Common keys, and one key (or more) that names a module. */
function block(common: Json, modules: Modules, count: 'one' | 'many' = 'one'): Json {
  return {
    type: 'object',
    properties: { ...common, ...moduleKeys(modules) },
    [count === 'one' ? 'oneOf' : 'anyOf']: named(modules),
    additionalProperties: false,
  };
}

function fault({ nemeses }: Registry): Json {
  const mix = {
    description: MIX_DESCRIPTION,
    type: 'array',
    minItems: 1,
    items: block({}, nemeses),
    examples: [exampleBlocks(nemeses.values(), 2)],
  };
  return {
    type: 'object',
    properties: { ...propertiesOf(FAULT_KEYS), mix, ...moduleKeys(nemeses) },
    allOf: [
      { oneOf: [{ required: ['at'] }, { required: ['every'] }] },
      { oneOf: [...named(nemeses), { required: ['mix'] }] },
    ],
    dependencies: { from: ['every'], until: ['every'], jitter: ['every'] },
    additionalProperties: false,
  };
}

function named(modules: Modules): Json[] {
  return [...modules.keys()].map((name) => ({ required: [name] }));
}

/** Each module's settings under its name; empty where the module can do without (`redis:`), with an example where it cannot. */
function moduleKeys(modules: Modules): Json {
  return Object.fromEntries(
    [...modules].map(([name, { summary, settings }]) => {
      const { description, ...schema } = forEditors(settings);
      const bare = acceptsNothing(settings)
        ? { type: [schema.type, 'null'], default: {} }
        : { examples: schema.examples ?? [exampleOf(settings)] };
      return [name, { ...schema, description: [summary, description].filter(Boolean).join(' '), ...bare }];
    }),
  );
}

function propertiesOf(schema: object): Json {
  return forEditors(schema).properties as Json;
}

/** Stricter than `PATTERNS`, as the parsers are: a rate is not zero, a percentage at most 100%. */
const EDITOR_PATTERNS: Readonly<Record<string, string>> = {
  rate: `^(?=max|[\\d.]*[1-9])${PATTERNS.rate.slice(1)}`,
  percentage: '^0*(100(\\.0+)?|\\d{1,2}(\\.\\d+)?)%$',
};

/**
 * A schema as editors know it: defaults and what is deprecated said in the description (few show them otherwise), our own keywords and formats
 * left out (`duration` means something else in JSON Schema), unions of constants as `enum`, and no key required that has a default.
 */
export function forEditors(fragment: object): Json {
  const schema = fragment as Schema;
  if (schema.block !== undefined) {
    const { description, examples } = schema;
    return { description, examples, allOf: [{ $ref: `#/properties/${schema.block}` }] };
  }
  const { expected: _, strictness: __, format, anyOf, properties, items, required, deprecated, ...rest } = schema;
  const out: Json = { ...rest, ...deprecation(deprecated) };
  const described = descriptionOf(schema);
  if (described !== undefined) out.description = described;
  if (format !== undefined && schema.pattern === undefined && !FORMATS.includes(format)) out.format = format;
  const pattern = EDITOR_PATTERNS[format ?? ''];
  if (pattern !== undefined) out.pattern = pattern;
  const choices = choicesOf(schema);
  if (anyOf !== undefined && choices !== undefined) out.enum = choices;
  else if (anyOf !== undefined) out.anyOf = anyOf.map(forEditors);
  if (items !== undefined) out.items = Array.isArray(items) ? items.map(forEditors) : forEditors(items);
  const others = schema.additionalProperties;
  if (typeof others === 'object' && others !== null) out.additionalProperties = forEditors(others);
  if (properties !== undefined) {
    out.properties = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, forEditors(value)]));
    const needed = ((required ?? []) as string[]).filter((key) => properties[key]?.default === undefined);
    if (needed.length > 0) out.required = needed;
  }
  return out;
}

/** What hover shows of a key. */
export function descriptionOf({ description, default: usual, deprecated }: Schema): string | undefined {
  const said = [
    ...(deprecated === undefined || deprecated === false ? [] : [deprecationWords(deprecated)]),
    ...(description === undefined ? [] : [description]),
    ...(description === undefined || usual === undefined || typeof usual === 'object' ? [] : [`Default: ${usual}.`]),
  ];
  return said.length === 0 ? undefined : said.join(' ');
}

/** VS Code strikes through what is `deprecated`, and marks what has a `deprecationMessage`. */
function deprecation(deprecated: unknown): Json {
  if (deprecated === undefined || deprecated === false) return {};
  return { deprecated: true, deprecationMessage: deprecationWords(deprecated) };
}

/** `deprecated` says what to write instead; or is `true`, where there is nothing. */
function deprecationWords(deprecated: unknown): string {
  return typeof deprecated === 'string' ? `Deprecated: ${deprecated}.` : 'Deprecated.';
}

const FORMATS = ['duration', 'rate', 'percentage', 'node', 'endpoint', 'secret'];
