import type { NodeStatus, SentinelEntry } from './status.ts';

/**
 * Undefined when there is one primary, every other server follows it with its link up and its data in step, and
 * every Sentinel names that primary and sees all the others well; else what is missing, one clause a node.
 */
export function missing(nodes: readonly NodeStatus[], sentinel: boolean): string | undefined {
  const silent = nodes.flatMap(({ node, redis }) => (redis === undefined ? [`${node}: Redis does not answer`] : []));
  if (silent.length > 0) return silent.join('; ');
  const primaries = nodes.filter(({ redis }) => redis?.get('role') === 'master');
  const primary = primaries[0];
  if (primary === undefined) return 'no server is primary';
  if (primaries.length > 1) return `${primaries.map(({ node }) => node).join(' and ')} both claim to be primary`;
  const clauses = nodes.flatMap((status) => {
    const lacks = [serverLacks(status, primary), sentinel ? sentinelLacks(status, primary, nodes.length) : undefined];
    return lacks.flatMap((words) => (words === undefined ? [] : [`${status.node}: ${words}`]));
  });
  return clauses.length > 0 ? clauses.join('; ') : undefined;
}

/** After `INFO replication` and `INFO persistence`. */
function serverLacks({ redis, address, node }: NodeStatus, primary: NodeStatus): string | undefined {
  if (redis?.get('loading') === '1') return 'Redis is loading its data';
  if (node === primary.node) return undefined;
  if (redis?.get('master_host') !== primary.address)
    return `Redis follows ${redis?.get('master_host')}, not the primary ${primary.node}`;
  if (redis.get('master_link_status') !== 'up') return `Redis has no link to the primary ${primary.node}`;
  if (redis.get('master_sync_in_progress') !== '0') return `Redis is copying the data of ${primary.node}`;
  const online = [...(primary.redis ?? [])].some(
    ([key, value]) => /^slave\d+$/.test(key) && value.startsWith(`ip=${address},`) && value.includes('state=online'),
  );
  return online ? undefined : `the primary ${primary.node} does not count Redis among its replicas yet`;
}

/** After `SENTINEL MASTER`, `REPLICAS` and `SENTINELS`; flags as in the Sentinel manual. */
function sentinelLacks({ sentinel }: NodeStatus, primary: NodeStatus, nodeCount: number): string | undefined {
  if (sentinel === undefined) return 'Sentinel does not answer';
  const watched = sentinel.find((entry) => flagsOf(entry).includes('master'));
  if (watched?.get('ip') !== primary.address)
    return `Sentinel names ${watched?.get('ip') ?? 'no server'} as primary, not ${primary.node}`;
  if (!isWell(watched)) return `Sentinel finds the primary ${primary.node} ${watched.get('flags')}`;
  const others = nodeCount - 1;
  const sentinels = sentinel.filter((entry) => flagsOf(entry).includes('sentinel') && isWell(entry)).length;
  if (sentinels !== others) return `Sentinel sees ${sentinels} of ${others} other Sentinels`;
  // How a replica's own link is, Sentinel asks every ten seconds only; the servers have said it themselves.
  const replicas = sentinel.filter((entry) => flagsOf(entry).includes('slave') && isWell(entry)).length;
  return replicas === others ? undefined : `Sentinel sees ${replicas} of ${others} replicas`;
}

function flagsOf(entry: SentinelEntry): string[] {
  return (entry.get('flags') ?? '').split(',');
}

function isWell(entry: SentinelEntry): boolean {
  return !flagsOf(entry).some((flag) => ['s_down', 'o_down', 'disconnected', 'failover_in_progress'].includes(flag));
}
