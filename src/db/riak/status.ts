/** What Riak says of its cluster, asked with riak-admin on the node itself. Each question starts an Erlang VM: half a second, or more. */
import type { Node } from '../../contract/index.ts';
import { nodeName } from './config.ts';
import type { Installation } from './installation.ts';

export interface Member {
  readonly node: Node;
  readonly riak: Installation;
}

/** A node that answers does so sooner, even on a busy machine; a paused one never does. */
const ANSWER_MS_MAX = 15_000;

/** What riak-admin prints, whatever its exit code; empty where the node does not answer. Never throws. */
export async function ask({ riak }: Member, ...argv: string[]): Promise<string> {
  try {
    const { stdout, timedOut } = await riak.admin(argv, { allowFailure: true, timeoutMs: ANSWER_MS_MAX });
    return timedOut ? '' : stdout;
  } catch {
    return '';
  }
}

/** Whether the node serves clients: `[riak_kv,riak_pipe]` (riak-admin services). */
export async function serves(member: Member): Promise<boolean> {
  return /\briak_kv\b/.test(await ask(member, 'services'));
}

/** Names of Erlang nodes, each with its status and whether partitions have yet to change hands (riak-admin member-status). */
export function membersIn(text: string): Map<string, { status: string; pending: boolean }> {
  const lines = text.matchAll(/^(\S+)\s+[\d.]+%\s+(--|[\d.]+%)\s+'?([^\s']+)'?/gm);
  return new Map(
    [...lines].map(([, status = '', pending, name = '']) => [name, { status, pending: pending !== '--' }]),
  );
}

/**
 * Undefined when all nodes agree on a ring of all of them, no partition has yet to change hands, and no node holds data of another
 * (riak-admin ringready, member-status, transfers); else what is missing.
 */
export async function missing(members: readonly Member[]): Promise<string | undefined> {
  const agreed = await Promise.all(members.map((member) => ask(member, 'ringready')));
  const unready = members.flatMap(({ node }, i) => (isAgreed(agreed[i]) ? [] : [`${node.name}: ${said(agreed[i])}`]));
  if (unready.length > 0) return unready.join('; ');
  const [first] = members as [Member];
  const status = membersIn(await ask(first, 'member-status'));
  const outside = members.flatMap(({ node }) => {
    const { status: is = 'no member', pending = false } = status.get(nodeName(node.address)) ?? {};
    if (is !== 'valid') return [`${node.name} is ${is}`];
    return pending ? [`${node.name} has yet to get or give partitions`] : [];
  });
  if (outside.length > 0) return outside.join('; ');
  const transfers = await ask(first, 'transfers');
  return transfers.includes('No transfers active') ? undefined : `${first.node.name}: ${said(transfers)}`;
}

const isAgreed = (text: string | undefined) => text?.startsWith('TRUE') === true;

/** The first lines of what it said, in one. */
export function said(text: string | undefined): string {
  const lines = (text ?? '').split('\n').map((line) => line.trim());
  return (
    lines
      .filter((line) => line !== '')
      .slice(0, 3)
      .join(' ') || 'Riak does not answer'
  );
}
