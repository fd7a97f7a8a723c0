import { hostOf } from './config.ts';
import type { NodeStatus, SetStatus } from './status.ts';

/** How far behind the primary's last operation a secondary may be: what it lacks then has been written since it was asked. */
const LAG_S_MAX = 1;

/**
 * Undefined when there is one primary, everybody else is its secondary, by the same configuration, in its term and in step
 * with it, and the two hear of each other; else what is missing, one clause a node.
 * @param first the node that must be the primary, where it must be a certain one.
 */
export function missing(nodes: readonly NodeStatus[], first?: string): string | undefined {
  const silent = nodes.flatMap(({ node, hello, set }) => {
    if (hello === undefined) return [`${node}: mongod does not answer`];
    return set === undefined ? [`${node}: mongod is not in the replica set yet`] : [];
  });
  if (silent.length > 0) return silent.join('; ');
  const primaries = nodes.filter(({ hello }) => hello?.isWritablePrimary);
  const [primary] = primaries;
  if (primary === undefined) return 'no member is primary';
  if (primaries.length > 1) return `${primaries.map(({ node }) => node).join(' and ')} both claim to be primary`;
  if (first !== undefined && primary.node !== first)
    return `${primary.node} is primary, and ${first} is to be at first`;
  const clauses = nodes.flatMap((status) => {
    const lacks = status === primary ? undefined : secondaryLacks(status, primary);
    return lacks === undefined ? [] : [`${status.node}: ${lacks}`];
  });
  return clauses.length > 0 ? clauses.join('; ') : undefined;
}

function secondaryLacks(status: NodeStatus, primary: NodeStatus): string | undefined {
  const { hello, set } = status;
  const state = set?.members.find(({ self }) => self)?.stateStr;
  if (state !== 'SECONDARY' || !hello?.secondary) return `mongod is in state ${state ?? 'unknown'}`;
  if (hello.setVersion !== primary.hello?.setVersion)
    return `mongod has version ${hello.setVersion} of the configuration, the primary ${primary.node} has ${primary.hello?.setVersion}`;
  if (hello.primary !== hostOf({ name: primary.node, address: primary.address }))
    return `mongod does not know that ${primary.node} is primary`;
  const seen = primary.set?.members.find(({ name }) => name === hostOf({ name: status.node, address: status.address }));
  if (seen?.health !== 1) return `the primary ${primary.node} does not reach mongod`;
  const [own, last] = [appliedOf(set), appliedOf(primary.set)];
  if (own.term !== last.term) return `mongod has nothing of the primary's term ${last.term} yet`;
  const lagS = last.timeS - own.timeS;
  return lagS > LAG_S_MAX ? `mongod is ${lagS} s behind the primary ${primary.node}` : undefined;
}

function appliedOf(set: SetStatus | undefined): { readonly term: number; readonly timeS: number } {
  const { t, ts } = set?.optimes.appliedOpTime ?? { t: 0, ts: { t: 0 } };
  return { term: t, timeS: ts.t };
}
