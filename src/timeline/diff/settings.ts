import { isDeepStrictEqual } from 'node:util';
import { parseBound } from '../../base/bound.ts';
import { parseDurationMs, parsePercentage } from '../../base/units.ts';
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
    const words = (use: Use) => useWords(use, modules.get(use.name)?.settings as Schema | undefined);
    const change = { group, kind: 'changed', subject: path, before: words(before), after: words(after) } as const;
    return [{ ...change, ...(note !== undefined && { note }), path: `${path}.${after.name}` }];
  }
  return settingsDiffer(group, path, [before, after], (module?.settings ?? {}) as Schema);
}

/** `mongodb {write_concern: 1}`: a module, and its settings that are not the usual ones. */
function useWords({ name, settings }: Use, schema: Schema = {}): string {
  const unusual = Object.entries(settings as Values).filter(
    ([key, value]) => !isDeepStrictEqual(value, ownValue(schema.properties ?? {}, key)?.default),
  );
  return unusual.length === 0 ? name : `${name} ${brief(flow(Object.fromEntries(unusual)), '')}`;
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
    ...(before !== undefined && { before: brief(flow(before), after === undefined ? '' : flow(after)) }),
    ...(after !== undefined && { after: brief(flow(after), before === undefined ? '' : flow(before)) }),
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
  if (isDeepStrictEqual(before, after) || isSameQuantity(before, after, schema)) return;
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

/** Whether two texts are one duration, share or bound, as the schema reads them: `5s` and `5000ms`. */
function isSameQuantity(before: unknown, after: unknown, schema: Schema): boolean {
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  const { format, strictness, anyOf = [] } = schema;
  const parse =
    strictness === 'bound' ? parseBound : { duration: parseDurationMs, percentage: parsePercentage }[String(format)];
  if (parse !== undefined) return parse(before) !== undefined && isDeepStrictEqual(parse(before), parse(after));
  return anyOf.some((branch) => isSameQuantity(before, after, branch));
}

export type Values = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a map itself has under a key: every object inherits a `constructor`, and a plan may use that word. */
export function ownValue<T>(map: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Longest value that is shown: a service's requests may be pages. */
const VALUE_MAX = 160;
/** So much of what is alike stands before the first difference where that is further behind. */
const ALIKE_MAX = 20;

/** As much of a long text as there is room for; from a little before it differs from the other, which must not be cut off. */
function brief(text: string, other: string): string {
  if (text.length <= VALUE_MAX) return text;
  let at = 0;
  while (other !== '' && at < text.length && text[at] === other[at]) at++;
  const from = at < VALUE_MAX / 2 ? 0 : at - ALIKE_MAX;
  const shown = text.slice(from, from + VALUE_MAX);
  return `${from > 0 ? '...' : ''}${shown}${from + VALUE_MAX < text.length ? '...' : ''}`;
}
