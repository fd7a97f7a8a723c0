import { isDeepStrictEqual } from 'node:util';
import { BLOCKS_OF, type Change, type ChangeGroup } from './change.ts';
import { isMap, ownValue, valueChange } from './settings.ts';

/**
 * How two plans differ as they are written, for those that cannot be compiled: they bring modules that are not loaded, say. Nothing
 * is known of defaults, of units, or of what a setting does. `before` and `after` are the plain values of their YAML.
 */
export function diffWritten(before: unknown, after: unknown): Change[] {
  return [...differences(before, after, [])].map(([path, was, is]) => {
    const text = pathText(path);
    return { ...valueChange(was, is), group: groupOf(String(path[0])), subject: text, path: text };
  });
}

function groupOf(key: string): ChangeGroup {
  return Object.hasOwn(BLOCKS_OF, key) ? (BLOCKS_OF[key] as ChangeGroup) : 'plan';
}

type Path = readonly (string | number)[];

/** Maps are compared key by key, lists of one length item by item, all else as a whole. */
function* differences(
  before: unknown,
  after: unknown,
  path: Path,
): Generator<[path: Path, before: unknown, after: unknown]> {
  if (isDeepStrictEqual(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length && before.some(isMap)) {
    for (const [index, item] of before.entries()) yield* differences(item, after[index], [...path, index]);
  } else if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differences(ownValue(before, key), ownValue(after, key), [...path, key]);
    }
  } else yield [path, before, after];
}

function pathText(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}
