/** Values as the text of a plan, in the layout of `plan-run fmt`. */
import { parse } from 'yaml';

/** Behind its key, a value longer than this is written over several lines where it can be. */
const FLOW_MAX = 72;
/** Without quotes in any place: nothing in it is YAML's own. */
const PLAIN = /^[\w./~%+-]+( [\w./~%+<>=-]+)*$/;

/** A value on one line: `{ a: 1, b: [x, "y z"] }`. */
export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${inline(key)}: ${inline(item)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  return PLAIN.test(value) && parse(value, { schema: 'core' }) === value ? value : JSON.stringify(value);
}

/** A map over several lines, each indented by `indent`; what is short enough stands on the line of its key. Down to the level
 * `deep`, no map does, unless it is empty. */
export function lines(map: object, indent = '', deep = 0): string[] {
  return Object.entries(map).flatMap(([key, item]) => {
    const head = `${indent}${inline(key)}:`;
    const short = `${head} ${inline(item)}`;
    const holds = typeof item === 'object' && item !== null && Object.keys(item).length > 0;
    const flat =
      deep <= 0 || (Array.isArray(item) && !item.some((one) => typeof one === 'object' && !Array.isArray(one)));
    if (!holds || (short.length <= FLOW_MAX && flat)) return [short];
    if (!Array.isArray(item)) return [head, ...lines(item, `${indent}  `, deep - 1)];
    return [head, ...item.flatMap((one: unknown) => listItem(one, `${indent}  `, deep - 1))];
  });
}

function listItem(item: unknown, indent: string, deep: number): string[] {
  if (typeof item !== 'object' || item === null || Array.isArray(item) || Object.keys(item).length === 0) {
    return [`${indent}- ${inline(item)}`];
  }
  const [first = '', ...rest] = lines(item, `${indent}  `, deep);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}
