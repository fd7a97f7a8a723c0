import Type from 'typebox';
import {
  type CompileContext,
  type Cut,
  drawNodes,
  Endpoint,
  grudgeOf,
  type InjectContext,
  type Injection,
  isRunSelector,
  mapCut,
  type NemesisModule,
  type NodeRef,
  type RunSelector,
  resolveNodes,
  sidesOf,
  withClients,
} from '../../contract/index.ts';

const group = Type.Array(Endpoint(), { minItems: 1 });
const side = (description: string, example: unknown) =>
  Type.Union([Endpoint(), group], { description, expected: 'a node or a list of them', examples: [example] });

const settings = Type.Union(
  [
    Endpoint(),
    Type.Array(group, { minItems: 2 }),
    Type.Object(
      { from: side('Whose packets are dropped.', 'n1'), to: side('Who does not get them.', ['n2', 'n3']) },
      { additionalProperties: false },
    ),
  ],
  {
    description:
      'Groups that cannot reach each other; or one node or selector, cut off from all the others; or `from` and ' +
      '`to`, for one direction only. A node in two groups reaches both; a node in none reaches everyone.',
    expected: 'a list of groups, a node or selector that is cut off from the rest, or {from: ..., to: ...}',
    examples: [
      [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
      'minority',
      'primary',
      { from: 'n1', to: ['n2', 'n3'] },
    ],
  },
);

/** Who is left where these are isolated. */
const OTHERS: Readonly<Record<RunSelector, RunSelector>> = {
  primary: 'secondaries',
  primaries: 'secondaries',
  secondaries: 'primaries',
};

/** What a partition becomes when the plan is compiled: as `Cut`, before the run has told who is primary. */
type Action = Cut | { readonly isolate: readonly NodeRef[] };

/** Drops packets between nodes, at the receiver, at once and without a word to the sender: iptables DROP in INPUT. */
export const partition: NemesisModule<typeof settings, Action> = {
  kind: 'nemesis',
  name: 'partition',
  summary: 'Cuts the network between groups of nodes, in both directions or in one.',
  settings,
  compile(wanted, context) {
    if (typeof wanted === 'string') return isolation(drawNodes([wanted], context.nodes, context.rng), context.nodes);
    if (Array.isArray(wanted)) return { groups: drawGroups(wanted, context) };
    const [from = [], to = []] = drawGroups([[wanted.from].flat(), [wanted.to].flat()], context);
    return { from, to };
  },
  effect(action, nodes) {
    if ('isolate' in action) {
      const groups = [action.isolate, [OTHERS[action.isolate[0] as RunSelector]]];
      return { hits: nodes, cut: { groups }, words: `cut ${braces(action.isolate)} from the rest` };
    }
    if ('from' in action) {
      return {
        hits: [...action.from, ...action.to],
        cut: action,
        words: `drop what ${braces(action.from)} sends to ${braces(action.to)}`,
      };
    }
    const hits = [...new Set(action.groups.flat())];
    return { hits, cut: action, words: `cut ${action.groups.map(braces).join(' from ')}` };
  },
  inject,
};

async function inject(
  { id, nodes, clientsAtHome, cluster, network }: InjectContext,
  action: Action,
): Promise<Injection> {
  const refs = refsOf(action);
  const primaries = refs.some(isRunSelector) ? await cluster.primaries() : [];
  const resolve = (some: readonly NodeRef[]) => resolveNodes(some, nodes, primaries);
  const unresolved = refs.filter((ref) => resolve([ref]).length === 0);
  const cut = resolveCut(action, nodes, resolve);
  const grudge = unresolved.length > 0 ? {} : grudgeOf(clientsAtHome ? withClients(cut) : cut);
  // A cut other than the reviewed one does not happen; the probe names what there was nobody for.
  const absent = unresolved.length > 0 ? unresolved : refs;
  const perNodeMs = await network.cut(id, grudge).catch(async (error: unknown) => {
    // Some nodes may have it; nobody else would end it there. The first failure is the one to tell.
    await network.restore(id).catch(() => {});
    throw error;
  });
  return {
    value: { ...cut, ...(unresolved.length > 0 && { unresolved }), grudge },
    perNodeMs,
    async probe() {
      if (Object.keys(grudge).length > 0) return network.status(id);
      return Object.fromEntries(absent.map((ref) => [ref, 'not' as const]));
    },
    undo: () => network.restore(id),
  };
}

function refsOf(action: Action): NodeRef[] {
  return 'isolate' in action ? [...action.isolate] : sidesOf(action).flat();
}

function resolveCut(action: Action, nodes: readonly string[], resolve: (refs: readonly NodeRef[]) => string[]): Cut {
  return 'isolate' in action ? rest(resolve(action.isolate), nodes) : mapCut(action, resolve);
}

/** Known before the run, it is two groups; else the run decides who the rest is. */
function isolation(refs: readonly NodeRef[], nodes: readonly string[]): Action {
  return refs.some(isRunSelector) ? { isolate: refs } : rest(refs, nodes);
}

function rest(isolated: readonly string[], nodes: readonly string[]): Cut {
  return { groups: [isolated, nodes.filter((node) => !isolated.includes(node))] };
}

/** Draws group after group, each from the nodes that no other group has: `[[minority], [majority]]` covers all. */
function drawGroups(groups: readonly (readonly string[])[], { nodes, rng }: CompileContext): NodeRef[][] {
  const taken = new Set(groups.flat());
  return groups.map((refs) => {
    const drawn = drawNodes(
      refs,
      nodes,
      rng,
      nodes.filter((node) => !taken.has(node)),
    );
    for (const ref of drawn) taken.add(ref);
    return drawn;
  });
}

const braces = (refs: readonly NodeRef[]) => `{${refs.join(', ')}}`;
