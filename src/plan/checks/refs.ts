import type { Schema } from '../settings/words.ts';
import { childPath } from '../text/path.ts';

/** A node or selector in a module's settings, as the schema's formats mark them. */
export interface Ref {
  readonly name: string;
  /** `endpoint` may be `clients`, `node` may not. */
  readonly format: 'node' | 'endpoint';
  readonly path: string;
  /** Path of the innermost list it is in; undefined where it stands alone. */
  readonly list?: string;
  /** Path of the list of lists it is in: the groups of a partition. */
  readonly lists?: string;
}

/** The nodes and selectors in settings, in the order of the text. Settings that are partly wrong are read as far as they go. */
export function* refsOf(schema: object, value: unknown, path: string): Generator<Ref> {
  const seen = new Set<string>();
  for (const ref of walk(schema as Schema, value, path, [])) {
    if (!seen.has(ref.path)) yield ref;
    seen.add(ref.path);
  }
}

/** `lists`: the lists that directly hold one another around the value, innermost last. */
function* walk(schema: Schema, value: unknown, path: string, lists: readonly string[]): Generator<Ref> {
  for (const branch of schema.anyOf ?? []) yield* walk(branch, value, path, lists);
  const { format } = schema;
  if (typeof value === 'string' && (format === 'node' || format === 'endpoint')) {
    const [outer, list] = lists.length > 1 ? lists.slice(-2) : [undefined, lists[0]];
    yield {
      name: value,
      format,
      path,
      ...(list === undefined ? {} : { list }),
      ...(outer === undefined ? {} : { lists: outer }),
    };
  } else if (Array.isArray(value)) {
    const items = schema.items;
    for (const [index, item] of value.entries()) {
      const of = Array.isArray(items) ? items[index] : items;
      if (of !== undefined) yield* walk(of as Schema, item, childPath(path, index), [...lists, path]);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (!Object.hasOwn(schema.properties ?? {}, key)) continue;
      yield* walk(schema.properties![key]!, item, childPath(path, key), []);
    }
  }
}
