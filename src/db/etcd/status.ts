/** How a node's etcd sees the cluster, asked with etcdctl on the node itself. */
import type { Node } from '../../contract/index.ts';

export const CLIENT_PORT = 2379;
export const PEER_PORT = 2380;

/** A member that answers does so within milliseconds; a paused one never does. */
const ANSWER_MS_MAX = 1_000;

/** What a member says of itself (`etcdctl endpoint status`); its ids are decimal, for they do not fit into a number. */
export interface MemberStatus {
  readonly id: string;
  /** The id of the member that it takes for the leader; `0` for none. */
  readonly leader: string;
  readonly term: number;
  /** Index of the last log entry that it knows to be committed, and of the last that it has applied to its data. */
  readonly committed: number;
  readonly applied: number;
  /** What it finds wrong itself: alarms, no leader. */
  readonly errors: readonly string[];
}

export interface NodeStatus {
  readonly node: string;
  /** Undefined where etcd did not answer. */
  readonly status: MemberStatus | undefined;
}

export const clientUrl = ({ address }: Node) => `http://${address}:${CLIENT_PORT}`;

/** Never throws. A member answers this alone, so its own words say nothing of the others. */
export async function statusOf(node: Node): Promise<NodeStatus> {
  return { node: node.name, status: memberStatus((await ask(node, 'status', '-w', 'json')) ?? '') };
}

/** Whether a linearizable read through the node's member succeeds: it has a leader, and that one a majority. */
export async function isHealthy(node: Node): Promise<boolean> {
  return (await ask(node, 'health')) !== undefined;
}

/** What etcdctl prints, or undefined where it fails. */
async function ask(node: Node, ...what: string[]): Promise<string | undefined> {
  const options = [`--endpoints=${clientUrl(node)}`, '--dial-timeout=1s', '--command-timeout=1s'];
  try {
    const argv = ['env', 'ETCDCTL_API=3', 'etcdctl', ...options, 'endpoint', ...what];
    return (await node.exec(argv, { timeoutMs: 2 * ANSWER_MS_MAX })).stdout;
  } catch {
    return undefined;
  }
}

/** Reads the answer of `etcdctl endpoint status -w json`; undefined where it is none. */
export function memberStatus(text: string): MemberStatus | undefined {
  try {
    // Ids have 64 bits: as numbers they would be rounded.
    const [answer] = JSON.parse(text.replace(/("(?:member_id|leader)":)(\d+)/g, '$1"$2"')) as [Answer];
    const { header, leader = '0', raftTerm, raftIndex, raftAppliedIndex, errors = [] } = answer.Status;
    return {
      ...{ id: header.member_id, leader, term: raftTerm },
      ...{ committed: raftIndex, applied: raftAppliedIndex, errors },
    };
  } catch {
    return undefined;
  }
}

interface Answer {
  readonly Status: {
    readonly header: { readonly member_id: string };
    readonly leader?: string;
    readonly raftTerm: number;
    readonly raftIndex: number;
    readonly raftAppliedIndex: number;
    readonly errors?: readonly string[];
  };
}
