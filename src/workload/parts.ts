/** Settings and reads that workloads have in common. */
import Type from 'typebox';
import type { Invocation } from '../contract/index.ts';

/** How many operations the clients do together, at most what a history's checkers can hold. */
export function Ops(description = 'How many operations the clients do together.') {
  return Type.Integer({ description, minimum: 1, maximum: 100_000_000, default: 2000, examples: [2000] });
}

/** What an operation is, drawn from these `f`s each time. */
export function Mix<const F extends string>(fs: F[], usual: F[], example: F[]) {
  return Type.Array(Type.Enum(fs), {
    description: 'What an operation is, each as likely as it stands here.',
    minItems: 1,
    default: usual,
    examples: [example],
  });
}

/** Who answers reads: the primary, or the nodes themselves. */
export function ReadFrom(description: string) {
  return Type.Enum(['primary', 'every-node'], { description, default: 'primary', examples: ['every-node'] });
}

/** The primary's state, and on request each node's own; `read` is null or carries a key. */
export function readsOf(readFrom: 'primary' | 'every-node', nodes: readonly string[]): Invocation[] {
  const perNode = readFrom === 'every-node' ? nodes : [];
  return [{ f: 'read', value: null }, ...perNode.map((node) => ({ f: 'read-node', value: [node, null] }))];
}
