/** What an operation asks for, where a checker judges one object and the history may be of many. */
import { keyed, type Op } from '../history/index.ts';

/**
 * Why an invocation that asks for something (a read, a dequeue) is none of one object: it has a key, `[key, null]` or `[key, [node, null]]`, and
 * what it will be told has, too. Else `[key, [1, 2]]` would pass for a list of two. Undefined where it has none.
 */
export function oddKey({ f, index, value }: Op): string | undefined {
  const pair = keyed(value);
  const hasKey = f === 'read-node' ? Array.isArray(pair?.[1]) : pair?.[1] === null;
  return hasKey ? `${f} ${index} has a key: let \`independent\` have the history of each key judged` : undefined;
}
