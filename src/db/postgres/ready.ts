import type { Status } from './status.ts';
import type { SyncNames } from './sync-names.ts';

/** A node and what its server says of itself; undefined where it does not answer. */
export interface NodeStatus {
  readonly node: string;
  readonly address: string;
  readonly status: Status | undefined;
}

/**
 * Undefined when there is one primary, every other server streams from it and has carried out all that it has, and as many
 * standbys are synchronous as are wanted; else what is missing, one clause a node.
 */
export function missing(nodes: readonly NodeStatus[], sync: SyncNames | undefined): string | undefined {
  const silent = nodes.flatMap(({ node, status }) =>
    status === undefined ? [`${node}: postgres does not answer`] : [],
  );
  if (silent.length > 0) return silent.join('; ');
  const primaries = nodes.filter(({ status }) => status?.standby === false);
  const [primary] = primaries;
  if (primary === undefined) return 'no server is primary: all are standbys';
  if (primaries.length > 1) return `${primaries.map(({ node }) => node).join(' and ')} both claim to be primary`;
  const clauses = nodes.flatMap((standby) => {
    const lack = standby === primary ? unsynchronized(primary, sync) : standbyLacks(standby, primary);
    return lack === undefined ? [] : [`${standby.node}: ${lack}`];
  });
  return clauses.length > 0 ? clauses.join('; ') : undefined;
}

/** Whether the standby streams from the primary, by what both say. */
export function follows({ node, status }: NodeStatus, primary: NodeStatus): boolean {
  if (status?.upstream !== primary.address) return false;
  return primary.status?.followers.some(({ name, state }) => name === node && state === 'streaming') ?? false;
}

function standbyLacks(standby: NodeStatus, primary: NodeStatus): string | undefined {
  if (!follows(standby, primary)) return `it does not stream from the primary ${primary.node}`;
  const behind = (primary.status?.lsn ?? 0) - (standby.status?.lsn ?? 0);
  return behind > 0 ? `it is ${behind} bytes of log behind the primary ${primary.node}` : undefined;
}

/** Without them, no commit would be answered. */
function unsynchronized({ status }: NodeStatus, sync: SyncNames | undefined): string | undefined {
  if (sync === undefined) return undefined;
  const there = status?.followers.filter((one) => one.sync === 'sync' || one.sync === 'quorum').length ?? 0;
  return there >= sync.count ? undefined : `${there} of ${sync.count} synchronous standbys are there`;
}
