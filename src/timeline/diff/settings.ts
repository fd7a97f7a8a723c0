import { isDeepStrictEqual } from 'node:util';
import type { Use } from '../../contract/index.ts';
import type { Schema } from '../../plan/index.ts';
import { flow } from '../words.ts';
import type { Change, ChangeGroup } from './change.ts';
import { strictnessOf } from './strictness.ts';

interface Described {
  readonly summary: string;
  readonly settings: object;
}

/**
 * How the use of one module differs from that of another, in the block at `path`: another module is one change, else each setting is
 * one. Defaults are filled in on both sides, so that a default that is written out is no change. `judges`: say how strict they are.
 */
export function usesDiffer(
  group: ChangeGroup,
  path: string,
  [before, after]: readonly [Use, Use],
  modules: ReadonlyMap<string, Described>,
): Change[] {
  const module = modules.get(after.name);
  if (before.name !== after.name) {
    const note = module?.summary;
    const change = { group, kind: 'changed', subject: path, before: before.name, after: after.name } as const;
    return [{ ...change, ...(note !== undefined && { note }), path: `${path}.${after.name}` }];
  }
  return settingsDiffer(group, path, [before, after], (module?.settings ?? {}) as Schema);
}

/** Each setting that differs. */
export function settingsDiffer(
  group: ChangeGroup,
  block: string,
  [before, after]: readonly [Use, Use],
  schema: Schema,
  judges = false,
): Change[] {
  return [...differences(before.settings, after.settings, schema, [after.name])].map((one) => {
    const note = firstSentence(one.schema.description);
    const strictness = judges ? strictnessOf(one.schema, one.before, one.after) : undefined;
    return {
      ...valueChange(one.before, one.after),
      group,
      subject: one.path.join('.'),
      ...(note !== undefined && { note }),
      ...(strictness !== undefined && { strictness }),
      path: [block, ...one.path].join('.'),
    };
  });
}

/** What a value was and is, in words. */
export function valueChange(before: unknown, after: unknown): Pick<Change, 'kind' | 'before' | 'after'> {
  return {
    kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
    ...(before !== undefined && { before: brief(before) }),
    ...(after !== undefined && { after: brief(after) }),
  };
}

/** The first sentence of a description, or two where that is only a word or two. */
export function firstSentence(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [first = text, second = ''] = text.match(/[^.]*(?:\.(?! |$)[^.]*)*\.(?: |$)/g) ?? [];
  return (first.length < SHORT ? first + second : first).trim();
}

/** Characters: `The version.` tells a reader nothing. */
const SHORT = 20;

interface Difference {
  readonly path: readonly string[];
  readonly schema: Schema;
  readonly before: unknown;
  readonly after: unknown;
}

/** Maps are compared key by key, whatever their order; all else as a whole. */
function* differences(before: unknown, after: unknown, schema: Schema, path: readonly string[]): Generator<Difference> {
  if (isDeepStrictEqual(before, after)) return;
  if (!isMap(before) || !isMap(after)) yield { path, schema, before, after };
  else {
    const own = schema.anyOf?.find(({ properties }) => properties !== undefined) ?? schema;
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const below = ownValue(own.properties ?? {}, key) ?? own.additionalProperties;
      const schemaBelow = (typeof below === 'object' ? below : {}) as Schema;
      yield* differences(ownValue(before, key), ownValue(after, key), schemaBelow, [...path, key]);
    }
  }
}

export type Values = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a map itself has under a key: every object inherits a `constructor`, and a plan may use that word. */
export function ownValue(map: Values, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Longest value that is shown: a service's requests may be pages. */
const VALUE_MAX = 160;

function brief(value: unknown): string {
  const text = flow(value);
  return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}...` : text;
}
