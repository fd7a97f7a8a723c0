import { pick, type Rng, shuffle } from '../base/rng.ts';

/**
 * Sets of nodes as plans name them, after Jepsen's node specs (jepsen.nemesis.combined/db-nodes). A set
 * that chance decides is drawn when the plan is compiled, from the plan's seed. What only the run can know
 * stays symbolic in the timeline, and the history says what it became.
 */
export const DRAWN_SELECTORS = {
  one: 'one node, drawn from the seed',
  minority: 'the largest minority, drawn from the seed (2 of 5)',
  majority: 'the smallest majority, drawn from the seed (3 of 5)',
  'minority-third': 'less than a third of the nodes, drawn from the seed (1 of 5)',
  all: 'every node',
} as const;

export const RUN_SELECTORS = {
  primary: 'the node that is primary when the fault begins (the first, where several claim it)',
  primaries: 'every node that claims to be primary when the fault begins',
  secondaries: 'every node that does not claim to be primary when the fault begins',
} as const;

/** The clients, as a pseudo-node: where a partition may put them. */
export const CLIENTS = 'clients';

export type DrawnSelector = keyof typeof DRAWN_SELECTORS;
export type RunSelector = keyof typeof RUN_SELECTORS;

/** A node's name, a `RunSelector`, or `clients`: what is left of a node set once the plan is compiled. */
export type NodeRef = string;

export const isDrawnSelector = (text: string): text is DrawnSelector => Object.hasOwn(DRAWN_SELECTORS, text);
export const isRunSelector = (text: string): text is RunSelector => Object.hasOwn(RUN_SELECTORS, text);

/** How many of `count` nodes a drawn selector takes; 0 where it matches nothing. */
export function selectorSize(selector: DrawnSelector, count: number): number {
  switch (selector) {
    case 'one':
      return Math.min(1, count);
    case 'minority':
      return Math.floor((count - 1) / 2);
    case 'majority':
      return count === 0 ? 0 : Math.floor(count / 2) + 1;
    case 'minority-third':
      return Math.floor((count - 1) / 3);
    case 'all':
      return count;
  }
}

/**
 * Resolves what chance decides in a list of node names and selectors; keeps what only the run can know. A selector
 * counts by all `nodes`, and draws from `free`: as many as there are, where those are too few.
 */
export function drawNodes(
  refs: readonly string[],
  nodes: readonly string[],
  rng: Rng,
  free: readonly string[] = nodes,
): NodeRef[] {
  const drawn = new Set<NodeRef>();
  for (const ref of refs) {
    if (ref === 'one' && free.length > 0) drawn.add(pick(rng, free));
    else if (isDrawnSelector(ref)) {
      const chosen = new Set(shuffle(rng, free).slice(0, selectorSize(ref, nodes.length)));
      for (const node of nodes) if (chosen.has(node)) drawn.add(node);
    } else drawn.add(ref);
  }
  return [...drawn];
}

/** Names the nodes behind compiled refs, given who claims to be primary now. `clients` is kept as it is. */
export function resolveNodes(
  refs: readonly NodeRef[],
  nodes: readonly string[],
  primaries: readonly string[],
): string[] {
  const named = refs.flatMap((ref) => {
    if (ref === 'primary') return primaries.slice(0, 1);
    if (ref === 'primaries') return primaries;
    if (ref === 'secondaries') return nodes.filter((node) => !primaries.includes(node));
    return [ref];
  });
  return [...new Set(named)];
}
