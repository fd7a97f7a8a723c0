import { type CheckerModule, type CheckerResult, NoSettings } from '../../contract/index.ts';
import { type Difference, differencesOf, mayBeLate } from './compare.ts';
import { finalReads } from './survey.ts';

/** Keys that are told one by one, at most. */
const KEYS_MAX = 20;

export interface ConvergedFinding extends CheckerResult {
  /** Nodes that were read at the end. */
  readonly nodes: readonly string[];
  /** Nodes of the plan that were not, or whose read was not final. */
  readonly unread: readonly string[];
  readonly keys: number;
  readonly keys_differing: number;
  /** Of the keys that differ (one without a name where there are no keys): the values, each with the nodes that have it. */
  readonly differences: readonly Difference[];
}

/**
 * At the end all nodes must have the same: the last read of every node (`read-node`), key by key, lists as sets. A
 * node's read counts where no write was invoked, or acknowledged, after it had begun; of a run that was cut short, a difference is unknown. It
 * tells whether the nodes agree (convergence: Shapiro et al., Conflict-free Replicated Data Types, 2011, section 2.2), not whether what
 * they agree on is right. What a write that ended info, or never, may have done between two of the reads is no difference: unknown. Reads the
 * history once; memory grows with what the nodes hold.
 */
export const converged: CheckerModule<typeof NoSettings> = {
  kind: 'checker',
  name: 'converged',
  summary: 'At the end all nodes must hold the same, as reads of each node show; says which differ, and how.',
  settings: NoSettings,
  judges: 'any',
  check(history, _settings, context): ConvergedFinding {
    const { byKey, nodes, notFinal, doubtful } = finalReads(history);
    const unread = context.nodes.filter((node) => !nodes.includes(node));
    const late: Difference[] = [];
    const sure: Difference[] = [];
    for (const [key, values] of byKey) {
      const isLate = mayBeLate(values, doubtful.get(key) ?? []);
      (isLate ? late : sure).push(...differencesOf(key, values));
    }
    const differences = [...sure, ...late];
    const found = {
      nodes,
      unread,
      keys: byKey.size,
      keys_differing: differences.length,
      differences: differences.slice(0, KEYS_MAX),
    };
    const because = (why: string) => ({ valid: 'unknown', why, ...found }) as const;
    if (sure.length > 0) {
      const words = wordsOf(differences, byKey.size);
      if (context.cutShort === undefined) return { valid: false, why: words, ...found };
      return because(`${words}, but they had not been given their time to (${context.cutShort})`);
    }
    if (late.length > 0)
      return because(
        `${wordsOf(late, byKey.size)}; but a write without an answer may have taken effect while they were read, one after another`,
      );
    if (nodes.length === 0)
      return because(notFinal > 0 ? 'no read of a node was final' : 'no node was read at the end');
    if (unread.length > 0)
      return because(`${unread.join(', ')} ${unread.length === 1 ? 'was' : 'were'} not read at the end`);
    if (nodes.length === 1) return because(`only ${nodes[0]} was read: there is nobody to agree with`);
    const partly = [...byKey].filter(([, values]) => values.size < nodes.length).map(([key]) => key);
    if (partly.length > 0)
      return because(
        `not every node was read for ${partly.length} of ${byKey.size} keys (${partly.slice(0, 3).join(', ')})`,
      );
    return { valid: true, ...found };
  },
  text(result) {
    const { nodes, unread, keys, keys_differing, differences } = result as ConvergedFinding;
    const missing = unread.length === 0 ? [] : [`not read: ${unread.join(', ')}`];
    if (keys_differing === 0) return nodes.length < 2 ? missing : [`${nodes.join(', ')} agree`, ...missing];
    return [
      ...(keys === 1 ? [] : [`${keys_differing} of ${keys} keys differ`]),
      ...differences
        .slice(0, 5)
        .flatMap(({ key, values }) =>
          values.map((one) => `${key === null ? '' : `${key}: `}${one.nodes.join(', ')} ${one.words}`),
        ),
      ...missing,
    ];
  },
};

function wordsOf(differences: readonly Difference[], keys: number): string {
  const [first] = differences as [Difference];
  const groups = first.values.map(({ nodes }) => nodes.join(' ')).join(' | ');
  const where = first.key === null ? '' : ` in ${differences.length} of ${keys} keys (${first.key} ...)`;
  return `the nodes do not agree${where}: ${groups}`;
}
