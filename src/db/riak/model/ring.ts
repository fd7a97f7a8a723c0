/** Who owns which part of the ring, and who is asked for an object (riak_core_claim.erl, chash.erl, riak_core_apl.erl). */
import { createHash } from 'node:crypto';
import { assert } from '../../../base/assert.ts';

/** A vnode: a partition on a node. */
export interface Entry {
  readonly partition: number;
  readonly node: string;
  /** The node owns the partition; else it stands in for the owner. */
  readonly primary: boolean;
}

/** The ring: who owns each partition. */
export interface Ring {
  readonly owners: readonly string[];
}

/**
 * Gives the partitions to the nodes in turn. Where the last ones would come too close to the first, as many of them as
 * must be are given to others, so that any `spacing` neighbours are different nodes all around; where that cannot be, some
 * fewer (riak_core_claim.erl, target_n_val).
 */
export function claim(nodes: readonly string[], size: number, spacing: number): Ring {
  const inTurn = Array.from({ length: size }, (_, partition) => nodes[partition % nodes.length] as string);
  for (let apart = Math.min(spacing, nodes.length); apart > 1; apart--)
    for (let kept = size; kept >= Math.max(0, size - 2 * nodes.length); kept--) {
      const owners = inTurn.slice(0, kept);
      if (isApart(owners, size, apart) && fill(owners, { nodes, size, apart }, { left: STEPS_MAX })) return { owners };
    }
  return { owners: inTurn };
}

/** Whether no node is too close to itself so far, around the end of the ring, too. */
function isApart(owners: readonly string[], size: number, apart: number): boolean {
  return owners.every((node, partition) => {
    for (let by = 1; by < apart; by++) if (owners[(partition + by) % size] === node) return false;
    return true;
  });
}

interface Wanted {
  readonly nodes: readonly string[];
  readonly size: number;
  readonly apart: number;
}

/** So much is tried before it counts as impossible. */
const STEPS_MAX = 1_000;

/** Gives away what is left, to whom has least where it can. @returns whether it can. */
function fill(owners: string[], wanted: Wanted, steps: { left: number }): boolean {
  const { nodes, size, apart } = wanted;
  if (owners.length === size) return true;
  if (steps.left-- <= 0) return false;
  const share = (node: string) => owners.filter((owner) => owner === node).length;
  const shares = new Map(nodes.map((node) => [node, share(node)]));
  const last = owners.length;
  for (const node of [...nodes].sort((a, b) => (shares.get(a) ?? 0) - (shares.get(b) ?? 0))) {
    owners.push(node);
    if (isNew(owners, last, size, apart) && fill(owners, wanted, steps)) return true;
    owners.pop();
  }
  return false;
}

function isNew(owners: readonly string[], at: number, size: number, apart: number): boolean {
  const node = owners[at];
  for (let by = 1; by < apart; by++)
    if (owners[at - by] === node || (at + by >= size && owners[(at + by) % size] === node)) return false;
  return true;
}

/**
 * The partition that an object belongs to: the next one after its place on the ring, which is a SHA-1 of its name as Erlang
 * writes it down (riak_core_util.erl, chash_key: term_to_binary of a pair of binaries; chash.erl, successors).
 */
export function partitionOf(bucket: string, key: string, size: number): number {
  const [version, tuple, binary] = [131, 104, 109];
  const hash = createHash('sha1').update(Uint8Array.of(version, tuple, 2));
  for (const name of [bucket, key]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(name));
    hash.update(Uint8Array.of(binary)).update(length).update(name);
  }
  // The ring's size is a power of two: the first bits say between which two partitions it lies.
  return (Math.floor(hash.digest().readUInt32BE(0) / (2 ** 32 / size)) + 1) % size;
}

/** All partitions from that one on, around the ring. */
function preferences({ owners }: Ring, first: number): { partition: number; node: string }[] {
  return owners.map((_, by) => {
    const partition = (first + by) % owners.length;
    return { partition, node: owners[partition] as string };
  });
}

/** The vnodes that an object is on, with all nodes up. */
export function primariesOf(ring: Ring, first: number, n: number): Entry[] {
  return preferences(ring, first)
    .slice(0, n)
    .map((entry) => ({ ...entry, primary: true }));
}

/**
 * Whom to ask: the owners that are up, then for each that is not a node that is, the next one around the ring
 * (riak_core_apl.erl, get_apl_ann, find_fallbacks). Where few are up, a node may stand in for several.
 */
export function activePreferences(ring: Ring, first: number, n: number, isUp: (node: string) => boolean): Entry[] {
  const all = preferences(ring, first);
  const owners = all.slice(0, n);
  const others = all.slice(n).filter(({ node }) => isUp(node));
  const down = owners.filter(({ node }) => !isUp(node));
  const primaries = owners.filter(({ node }) => isUp(node)).map((entry) => ({ ...entry, primary: true }));
  const fallbacks = down.slice(0, others.length).map(({ partition }, at) => {
    return { partition, node: others[at]?.node as string, primary: false };
  });
  assert(primaries.length + fallbacks.length <= n, 'no more vnodes than replicas are asked');
  return [...primaries, ...fallbacks];
}
