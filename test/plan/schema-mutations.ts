type Json = Record<string, unknown>;

export interface Mutation {
  readonly at: number;
  readonly how: string;
  readonly value: unknown;
  readonly key: string;
}

/** Changes one place in a plan or an inventory: another value, a key less, a key more. */
export function mutate(whole: unknown, { at, how, value, key }: Mutation): void {
  const places: [holder: Json, key: string][] = [];
  const look = (holder: unknown) => {
    if (typeof holder !== 'object' || holder === null) return;
    for (const [name, item] of Object.entries(holder)) {
      places.push([holder as Json, name]);
      look(item);
    }
  };
  look(whole);
  const [holder, name] = places[at % Math.max(places.length, 1)] ?? [{}, ''];
  if (how === 'set') holder[name] = structuredClone(value);
  else if (how === 'add') {
    if (Array.isArray(holder)) holder.push(structuredClone(value));
    else holder[key] = structuredClone(value);
  } else if (Array.isArray(holder)) holder.splice(Number(name), 1);
  else delete holder[name];
}

/** Every key that a schema describes, with its path, wherever it stands: in unions, in lists, in maps whose keys have no names. */
export function* keysOf(schema: Json, path = ''): Generator<[path: string, schema: Json]> {
  for (const [key, property] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
    yield [`${path}${key}`, property];
    yield* keysOf(property, `${path}${key}.`);
  }
  const {
    anyOf = [],
    items = [],
    additionalProperties: others,
  } = schema as { anyOf?: Json[]; items?: Json | Json[] } & Json;
  for (const branch of anyOf) yield* keysOf(branch, path);
  for (const item of [items].flat()) yield* keysOf(item, `${path.replace(/\.$/, '')}[].`);
  if (typeof others === 'object') yield* keysOf(others as Json, `${path}*.`);
}

/** What is missing where editors explain keys: of each a description, and what it may look like. */
export function unexplained(root: Json): string[] {
  return [...keysOf(root)].flatMap(([path, schema]) => [
    ...(typeof schema.description === 'string' ? [] : [`${path}: no description`]),
    ...(['examples', 'default', 'enum', 'const'].some((keyword) => Object.hasOwn(schema, keyword))
      ? []
      : [`${path}: neither default nor examples`]),
    // hover shows descriptions and examples, but no defaults
    ...(typeof schema.default === 'object' || schema.default === undefined
      ? []
      : `${schema.description}`.includes(`Default: ${schema.default}.`)
        ? []
        : [`${path}: a default that its description does not say`]),
  ]);
}
