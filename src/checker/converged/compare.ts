import type { Doubtful } from './survey.ts';

/** What some nodes have of a key, and others have not. */
export interface Difference {
  readonly key: string | null;
  /** The values, that of the most nodes first. */
  readonly values: readonly { readonly nodes: readonly string[]; readonly words: string }[];
}

const ELEMENTS_MAX = 5;

/**
 * Whether one of these writes explains why the nodes differ: it may have taken effect after some of them had been read. Of a list it is one more element;
 * of a register the value that it has; of others nobody can tell.
 */
export function mayBeLate(values: ReadonlyMap<string, unknown>, writes: readonly Doubtful[]): boolean {
  const written = new Set(writes.flatMap((write) => write.values.map(nameOf)));
  const all = [...values.values()];
  if (!all.every(Array.isArray)) {
    return all.some((value) => written.has(nameOf(value))) || writes.some(({ f }) => f !== 'write' && f !== 'cas');
  }
  const sure = all.map((list) => nameOf(list.filter((element: unknown) => !written.has(nameOf(element)))));
  return new Set(sure).size === 1;
}

/** None where all have the same; lists are sets. */
export function differencesOf(key: string | null, values: ReadonlyMap<string, unknown>): Difference[] {
  const groups = new Map<string, { nodes: string[]; value: unknown }>();
  for (const [node, value] of values) {
    const name = nameOf(value);
    const group = groups.get(name) ?? { nodes: [], value };
    groups.set(name, group);
    group.nodes.push(node);
  }
  if (groups.size < 2) return [];
  const sorted = [...groups.values()].sort((a, b) => b.nodes.length - a.nodes.length);
  const lists = sorted.map(({ value }) => value);
  const union = lists.every(Array.isArray) ? new Set(lists.flat().map(nameOf)) : undefined;
  const words = (value: unknown) => (union === undefined ? `has ${brief(value)}` : lacks(value as unknown[], union));
  return [{ key, values: sorted.map(({ nodes, value }) => ({ nodes, words: words(value) })) }];
}

/** Equal things, equal names: a list is a set, in whatever order and however often something is in it. */
function nameOf(value: unknown): string {
  return Array.isArray(value)
    ? JSON.stringify([...new Set(value.map(nameOf))].sort())
    : (JSON.stringify(value) ?? 'null');
}

function lacks(list: readonly unknown[], union: ReadonlySet<string>): string {
  const own = new Set(list.map(nameOf));
  const missing = [...union].filter((element) => !own.has(element));
  if (missing.length === 0) return `has all ${union.size} elements`;
  const shown = missing.slice(0, ELEMENTS_MAX).join(' ');
  return `lacks ${missing.length} of ${union.size} elements (${shown}${missing.length > ELEMENTS_MAX ? ' ...' : ''})`;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
