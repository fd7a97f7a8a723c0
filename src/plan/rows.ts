/** Every key that a schema describes, as a row of the reference: what `plan-run modules NAME` and `schemas/reference.md` say of it. */
import type { Registry } from '../contract/index.ts';
import { HOST_ENTRY, INVENTORY_KEYS } from './inventory/language.ts';
import { BLOCKS, FAULT_KEYS, MIX_DESCRIPTION, PLAN_KEYS, WORKLOAD_KEYS } from './language.ts';
import { planSchema } from './schema.ts';
import { expectedWords, type Schema } from './settings/words.ts';
import { inline } from './write.ts';

export interface Row {
  /** Its path: `clients.count`, `links[].between`, `hosts.*.user` (`*`: any name). */
  readonly key: string;
  /** What may stand there, in words. */
  readonly accepts: string;
  /** Whether there must be something, for there is no default. */
  readonly required: boolean;
  readonly default?: unknown;
  readonly examples: readonly unknown[];
  readonly description: string;
  /** What to write instead; `true` where there is nothing. */
  readonly deprecated?: string | true;
}

/** The examples that say something else than the default. */
export function tellingExamples(row: Row): readonly unknown[] {
  return row.examples.filter((example) => inline(example) !== inline(row.default));
}

/** The rows of a module's settings; of settings whose keys have no names of their own, one row under the module's name. */
export function settingsRows(settings: object, name: string): Row[] {
  const schema = settings as Schema;
  const isMap = Object.keys(schema.properties ?? {}).length > 0 || schema.additionalProperties === false;
  return isMap ? rowsOf(schema, '') : [row(schema, name, true), ...rowsOf(schema, `${name}.`)];
}

const LISTED = 'a list of blocks, each of which names a nemesis';

/** The plan's own keys: those at the top, and those that stand beside a module. */
export function planRows(registry: Registry): Row[] {
  const { properties } = planSchema(registry) as { properties: Record<string, Schema> };
  const block = (name: keyof typeof BLOCKS, expected: string, more: object = {}) => {
    const { examples, default: usual } = properties[name] as Schema;
    const { description } = BLOCKS[name];
    return { description, expected, examples, ...(usual !== undefined && { default: usual }), ...more };
  };
  const { examples } = (properties.faults?.items as Schema | undefined)?.properties?.mix ?? {};
  const mix = { description: MIX_DESCRIPTION, expected: LISTED, examples };
  const fault = { properties: { ...FAULT_KEYS.properties, mix } };
  const { plan, name, about, seed, nodes, ...rest } = PLAN_KEYS.properties;
  return rowsOf(
    {
      properties: {
        ...{ plan, name, about, seed },
        environment: block('environment', 'the name of an environment, or a block that names one'),
        nodes,
        database: block('database', 'a block that names a database'),
        workload: block('workload', 'a block that names a workload', { properties: WORKLOAD_KEYS.properties }),
        faults: block('faults', LISTED, { items: fault }),
        checker: block('checker', 'a block that names a checker, or several'),
        ...rest,
      } as unknown as Readonly<Record<string, Schema>>,
      required: ['plan', 'database', 'workload'],
    },
    '',
  );
}

/** The keys of an inventory, and of a host in it. */
export function inventoryRows(): Row[] {
  const { hosts, ...others } = INVENTORY_KEYS.properties;
  const properties = { ...others, hosts: { ...hosts, additionalProperties: HOST_ENTRY } };
  return rowsOf({ ...INVENTORY_KEYS, properties } as unknown as Schema, '');
}

function rowsOf(schema: Schema, prefix: string): Row[] {
  const { properties = {}, required = [], anyOf = [], items = [], additionalProperties: others } = schema;
  const needed = required as readonly string[];
  const named = Object.entries(properties).flatMap(([key, property]) => {
    const path = `${prefix}${key}`;
    return [row(property, path, needed.includes(key)), ...rowsOf(property, `${path}.`)];
  });
  const within = prefix.replace(/\.$/, '');
  return [
    ...named,
    ...anyOf.flatMap((branch) => rowsOf(branch, prefix)),
    ...[items].flat().flatMap((item) => rowsOf(item as Schema, `${within}[].`)),
    ...(typeof others === 'object' && others !== null ? rowsOf(others as Schema, `${prefix}*.`) : []),
  ];
}

function row(schema: Schema, key: string, needed: boolean): Row {
  const { default: usual, examples = [], description = '', deprecated } = schema;
  return {
    key,
    accepts: expectedWords(schema),
    required: needed && usual === undefined,
    ...(usual !== undefined && { default: usual }),
    examples: examples as readonly unknown[],
    description,
    ...(typeof deprecated === 'string' || deprecated === true ? { deprecated } : {}),
  };
}
