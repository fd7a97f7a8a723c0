/** Makes one cluster of nodes that serve, each alone, step by step; whoever calls it again goes on where it was. */
import { bucketProps, nodeName } from './config.ts';
import type { RiakSettings } from './settings.ts';
import { ask, type Member, membersIn, said } from './status.ts';

/**
 * Has all nodes join the first, as one staged change (docs.riak.com, "Cluster Administration Commands").
 * @returns what has not succeeded yet, in words.
 */
export async function join(members: readonly Member[]): Promise<string | undefined> {
  const [first, ...others] = members as [Member, ...Member[]];
  const known = membersIn(await ask(first, 'member-status'));
  const target = nodeName(first.node.address);
  for (const member of others) {
    if (known.has(nodeName(member.node.address))) continue;
    const answer = await ask(member, 'cluster', 'join', target);
    if (!answer.includes('Success')) return `${member.node.name} cannot join ${first.node.name} yet: ${said(answer)}`;
  }
  const joining = others.filter(({ node }) => known.get(nodeName(node.address))?.status !== 'valid');
  if (joining.length === 0) return undefined;
  const plan = await ask(first, 'cluster', 'plan');
  const answer = await ask(first, 'cluster', 'commit');
  if (answer.includes('Cluster changes committed')) return undefined;
  return `${first.node.name} cannot commit the change of the cluster yet: ${said(answer)} (its plan: ${said(plan)})`;
}

/** Creates the bucket type and activates it, where the plan has one. @returns what has not succeeded yet, in words. */
export async function makeBucketType(first: Member, settings: RiakSettings): Promise<string | undefined> {
  const { bucket_type: type } = settings;
  if (type === undefined || (await isActive(first, type))) return undefined;
  const created = await ask(first, 'bucket-type', 'create', type, bucketProps(settings));
  const activated = await ask(first, 'bucket-type', 'activate', type);
  if (await isActive(first, type)) return undefined;
  return `the bucket type ${type} is not active yet: ${said(created)}; ${said(activated)}`;
}

async function isActive(first: Member, type: string): Promise<boolean> {
  return (await ask(first, 'bucket-type', 'status', type)).includes(`${type} is active`);
}
