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

/** Every key that a schema describes, with its path, and whether it is within a union. */
export function* keysOf(
  schema: Json,
  path = '',
  inUnion = false,
): Generator<[path: string, schema: Json, inUnion: boolean]> {
  for (const [key, property] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
    yield [`${path}${key}`, property, inUnion];
    yield* keysOf(property, `${path}${key}.`, inUnion);
  }
  for (const branch of (schema.anyOf ?? []) as Json[]) yield* keysOf(branch, path, true);
  if (schema.items !== undefined && !Array.isArray(schema.items))
    yield* keysOf(schema.items as Json, `${path}[].`, inUnion);
}
