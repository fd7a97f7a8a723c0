/** Settings to show: the smallest that a schema accepts, made of its own examples and defaults. */
import { acceptsNothing } from './settings/validate.ts';
import { choicesOf, type Schema } from './settings/words.ts';

type Settings = { readonly name: string; readonly settings: object };

/** What stands in the schema's first example; else what it must have, by the examples of each key. */
export function exampleOf(fragment: object): unknown {
  const schema = fragment as Schema;
  const [first] = (schema.examples ?? []) as readonly unknown[];
  if (first !== undefined) return first;
  if (schema.properties === undefined) return schema.default ?? choicesOf(schema)?.[0];
  const needed = ((schema.required ?? []) as readonly string[]).filter((key) => {
    return schema.properties?.[key] !== undefined && schema.properties[key].default === undefined;
  });
  return Object.fromEntries(needed.map((key) => [key, exampleOf(schema.properties?.[key] ?? {})]));
}

/** Of modules, a block for each that says something by its name: those that can do without settings first, `noop` never. */
export function exampleBlocks(modules: Iterable<Settings>, count: number): Record<string, unknown>[] {
  const telling = [...modules].filter(({ name }) => name !== 'noop');
  const bare = telling.filter(({ settings }) => acceptsNothing(settings));
  const chosen = [...bare, ...telling.filter((module) => !bare.includes(module))].slice(0, count);
  return chosen.map(({ name, settings }) => ({ [name]: exampleOf(settings) }));
}
