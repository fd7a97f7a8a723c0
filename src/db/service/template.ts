/**
 * Placeholders in texts of a plan: `{{name}}`. A placeholder is replaced where it stands, once, within its own text: what comes in
 * is never looked at again, never split into several arguments, and never read by a shell. `{{open}}` stands for two braces.
 */
import { assert } from '../../base/assert.ts';

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/** What each placeholder stands for. */
export type Values = Readonly<Record<string, string>>;

/**
 * The text with its placeholders replaced. `encode` is applied to each value. What names nothing stays: the validator has
 * refused it in the plan, so it came with a secret.
 */
export function fill(text: string, values: Values, encode = (value: string) => value): string {
  return text.replaceAll(PLACEHOLDER, (match, inner: string) => {
    const name = inner.trim();
    if (name === 'open') return '{{';
    return Object.hasOwn(values, name) ? encode(values[name] as string) : match;
  });
}

/** The names of the placeholders in a text. */
export function placeholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, inner = '']) => inner.trim());
}

/** Whether two opening braces are left that begin no placeholder. */
export function isUnclosed(text: string): boolean {
  return text.replaceAll(PLACEHOLDER, ' ').includes('{{');
}

/** What requests to a node may name. All of it is letters, digits, `.`, `:` and `-`: safe in a path, a header and JSON. */
export const REQUEST_NAMES = ['node', 'id', 'address', 'port'] as const;

/** What commands on a node may name. */
export const COMMAND_NAMES = [...REQUEST_NAMES, 'dir', 'nodes', 'addresses', 'peers'] as const;

/** A node as placeholders show it. */
export interface Placed {
  readonly name: string;
  readonly address: string;
}

/** Values of `REQUEST_NAMES` for the node at `index`, counted from 0; its id counts from 1. */
export function requestValues({ name, address }: Placed, index: number, port: number): Values {
  return { node: name, id: String(index + 1), address, port: String(port) };
}

/** Values of `COMMAND_NAMES`. */
export function commandValues(
  nodes: readonly (Placed & { readonly dir: string })[],
  index: number,
  port: number,
): Values {
  const node = nodes[index];
  assert(node !== undefined, 'there is such a node');
  const list = (of: readonly Placed[], word: (one: Placed) => string) => of.map(word).join(',');
  return {
    ...requestValues(node, index, port),
    dir: node.dir,
    nodes: list(nodes, ({ name }) => name),
    addresses: list(nodes, ({ address }) => address),
    peers: list(
      nodes.filter((other) => other !== node),
      ({ address }) => `${address}:${port}`,
    ),
  };
}
