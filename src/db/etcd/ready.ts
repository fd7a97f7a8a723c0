import type { MemberStatus, NodeStatus } from './status.ts';

/**
 * Undefined when every member answers, all name the same leader in the same term, that one calls itself so, and each has
 * applied all that the leader knows to be committed; else what is missing, one clause a node.
 */
export function missing(nodes: readonly NodeStatus[]): string | undefined {
  const silent = nodes.flatMap(({ node, status }) => (status === undefined ? [`${node}: etcd does not answer`] : []));
  if (silent.length > 0) return silent.join('; ');
  const members = nodes as readonly Answered[];
  const leaders = members.filter(({ status }) => status.leader === status.id);
  const leader = leaders[0];
  if (leader === undefined) return 'no member is leader';
  if (leaders.length > 1) return `${leaders.map(({ node }) => node).join(' and ')} both claim to be leader`;
  const clauses = members.flatMap((member) => {
    const words = lacks(member.status, leader);
    return words === undefined ? [] : [`${member.node}: ${words}`];
  });
  return clauses.length > 0 ? clauses.join('; ') : undefined;
}

interface Answered extends NodeStatus {
  readonly status: MemberStatus;
}

function lacks(status: MemberStatus, { node, status: leader }: Answered): string | undefined {
  if (status.leader !== leader.id)
    return `etcd ${status.leader === '0' ? 'knows no leader' : 'follows another leader'}, not ${node}`;
  if (status.term !== leader.term) return `etcd is in term ${status.term}, not ${leader.term} as the leader ${node}`;
  if (status.errors.length > 0) return `etcd reports ${status.errors.join(', ')}`;
  if (status.applied >= leader.committed) return undefined;
  return `etcd has applied ${status.applied} of the ${leader.committed} log entries of the leader ${node}`;
}
