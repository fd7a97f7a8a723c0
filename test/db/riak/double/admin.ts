/** What the double's riak-admin prints: the words of Riak's (riak_core_console.erl, riak_kv_console.erl). */
import type { RiakDouble } from './node.ts';
import type { Props } from './object.ts';

/** For a little while after a change of the cluster, partitions have yet to change hands. */
const PENDING_MS = 300;

export async function admin(node: RiakDouble, argv: readonly string[]): Promise<string> {
  const [command, ...rest] = argv;
  if (command === 'services') return '[riak_kv,riak_pipe]\n';
  if (command === 'ringready') return ringReady(node);
  if (command === 'member-status') return memberStatus(node);
  if (command === 'transfers') return transfers(node);
  if (command === 'cluster') return cluster(node, rest);
  if (command === 'bucket-type') return bucketType(node, rest);
  return `Usage: riak-admin { cluster | ringready | transfers | member-status | services | bucket-type }\n`;
}

async function ringReady(node: RiakDouble): Promise<string> {
  const rings = await Promise.all(
    node.members.map(async (peer) => {
      if (peer === node.options.name) return { peer, members: node.members };
      const answer = await node.ask(peer, { do: 'members' }, 1_000).catch(() => undefined);
      return { peer, members: answer?.members as string[] | undefined };
    }),
  );
  const down = rings
    .filter(({ peer, members }) => members === undefined || !node.isUp(peer))
    .map(({ peer }) => `'${peer}'`);
  if (down.length > 0) return `FALSE [${down.join(',')}] down.  All nodes need to be up to check.\n`;
  const other = rings.find(({ members }) => String(members) !== String(node.members));
  if (other !== undefined)
    return `FALSE Node '${node.options.name}' and '${other.peer}' list different partition owners\n`;
  return `TRUE All nodes agree on the ring [${node.members.map((peer) => `'${peer}'`).join(',')}]\n`;
}

function memberStatus({ members, joining, pendingUntilMs }: RiakDouble): string {
  const share = (100 / members.length).toFixed(1).padStart(5);
  const pending = Date.now() < pendingUntilMs ? `${share}%` : '  -- ';
  const rows = [
    ...members.map((peer) => `valid     ${share}%    ${pending}    '${peer}'\n`),
    ...joining.map((peer) => `joining     0.0%      --      '${peer}'\n`),
  ];
  const line = `${'-'.repeat(79)}\n`;
  const head = `${'='.repeat(33)} Membership ${'='.repeat(34)}\nStatus     Ring    Pending    Node\n${line}`;
  return `${head}${rows.join('')}${line}Valid:${members.length} / Leaving:0 / Exiting:0 / Joining:${joining.length} / Down:0\n`;
}

async function transfers(node: RiakDouble): Promise<string> {
  const waiting = await Promise.all(
    node.members.map(async (peer) => {
      const answer = peer === node.options.name ? { fallbacks: node.fallbacks } : await askFallbacks(node, peer);
      if (answer === undefined) return `Nodes ['${peer}'] are currently down.\n`;
      return answer.fallbacks > 0 ? `'${peer}' waiting to handoff ${answer.fallbacks} partitions\n` : '';
    }),
  );
  const none = waiting.every((line) => !line.includes('waiting')) ? 'No transfers active\n' : '';
  return `${waiting.join('')}${none}\nActive Transfers:\n\n\n`;
}

async function askFallbacks(node: RiakDouble, peer: string): Promise<{ fallbacks: number } | undefined> {
  return (await node.ask(peer, { do: 'fallbacks' }, 1_000).catch(() => undefined)) as { fallbacks: number } | undefined;
}

async function cluster(node: RiakDouble, [command, target = '']: readonly string[]): Promise<string> {
  const { name } = node.options;
  if (command === 'join') {
    if (node.members.length > 1) return 'Failed: This node is already a member of a cluster\n';
    const answer = await node.ask(target, { do: 'stage-join' }, 2_000).catch(() => undefined);
    return answer === undefined
      ? `Node ${target} is not reachable!\n`
      : `Success: staged join request for '${name}' to '${target}'\n`;
  }
  if (command === 'plan') {
    if (node.joining.length === 0) return 'There are no staged changes\n';
    planned.add(name);
    return `${'='.repeat(31)} Staged Changes ${'='.repeat(32)}\n${node.joining.map((peer) => `join           '${peer}'\n`).join('')}`;
  }
  if (command !== 'commit') return 'Usage: riak-admin cluster <command>\n';
  if (node.joining.length === 0) return 'There are no staged changes\n';
  if (!planned.delete(name)) return "You must verify the plan with 'riak-admin cluster plan' before committing\n";
  node.members = [...node.members, ...node.joining].sort();
  node.joining = [];
  node.pendingUntilMs = Date.now() + PENDING_MS;
  node.log(`the cluster is ${node.members.join(', ')}`);
  await node.spread();
  return 'Cluster changes committed\n';
}

/** Nodes whose operator has looked at the plan. */
const planned = new Set<string>();

async function bucketType(node: RiakDouble, [command, name = '', json = '']: readonly string[]): Promise<string> {
  const type = node.types.get(name);
  if (command === 'status') {
    if (type === undefined) return `${name} is not an existing bucket type\n`;
    return type.active ? `${name} is active\n\nactive: true\n` : `${name} has been created and may be activated\n`;
  }
  if (command === 'create') {
    const { props } = JSON.parse(json) as { props: Props };
    if (props.datatype !== undefined && !props.allow_mult)
      return `Error creating bucket type ${name}:\nData Type buckets must be allow_mult=true\n`;
    node.types.set(name, { props, active: false });
    await node.spread();
    return `${name} created\n`;
  }
  if (type === undefined) return `${name} is not an existing bucket type\n`;
  node.types.set(name, { ...type, active: true });
  await node.spread();
  return `${name} has been activated\n`;
}
