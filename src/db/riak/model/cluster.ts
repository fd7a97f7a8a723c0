import { durationMs } from '../../../base/units.ts';
import { quorumOf, type RiakSettings } from '../settings.ts';
import type { RiakNode } from './node.ts';
import { claim, type Entry, partitionOf, primariesOf, type Ring } from './ring.ts';

/** Any so many neighbours on the ring are different nodes, where that can be (target_n_val). */
const TARGET_N = 4;

/** What holds for every object of the bucket, and for every request: the clients ask for nothing else. */
export interface BucketProps {
  readonly n: number;
  readonly r: number;
  readonly pr: number;
  readonly w: number;
  readonly dw: number;
  readonly pw: number;
  readonly allowMult: boolean;
  readonly lastWriteWins: boolean;
  readonly notfoundOk: boolean;
  readonly basicQuorum: boolean;
}

/** What the nodes of a cluster have in common: the ring and the settings, and, for those who look on, each other. */
export class Cluster {
  readonly nodes: readonly string[];
  readonly ring: Ring;
  readonly props: BucketProps;
  /** The partition of the one object that there is. */
  readonly partition: number;
  readonly tickTimeMs: number;
  readonly gossipIntervalMs: number;
  readonly managementMs: number;
  readonly inactivityMs: number;
  readonly requestTimeoutMs: number;
  /** The processes that were started last; not for the protocol, which knows of others only what they tell. */
  readonly running = new Map<string, RiakNode>();

  constructor(nodes: readonly string[], settings: RiakSettings) {
    const { n_val: n, ring_size, bucket, key } = settings;
    this.nodes = nodes;
    this.ring = claim(nodes, ring_size, Math.max(n, TARGET_N));
    this.partition = partitionOf(bucket, key, ring_size);
    this.props = {
      n,
      r: quorumOf(settings.r, n),
      pr: quorumOf(settings.pr, n),
      w: quorumOf(settings.w, n),
      // With vector clocks of vnodes the coordinator must have stored it (riak_kv_put_fsm.erl, validate).
      dw: Math.max(1, quorumOf(settings.dw, n)),
      pw: quorumOf(settings.pw, n),
      allowMult: settings.allow_mult,
      lastWriteWins: settings.last_write_wins,
      notfoundOk: settings.notfound_ok,
      basicQuorum: settings.basic_quorum,
    };
    this.tickTimeMs = durationMs(settings.net_ticktime);
    this.gossipIntervalMs = durationMs(settings.gossip_interval);
    this.managementMs = durationMs(settings.vnode_management_timer);
    this.inactivityMs = durationMs(settings.vnode_inactivity_timeout);
    this.requestTimeoutMs = durationMs(settings.request_timeout);
  }

  /** The vnodes that the object belongs on. */
  get primaries(): Entry[] {
    return primariesOf(this.ring, this.partition, this.props.n);
  }

  serving(): string[] {
    return this.nodes.filter((node) => this.running.get(node)?.serves);
  }

  /** What is missing until the cluster is whole: everybody up and believed to be, and nothing left where it does not belong. */
  missing(): string | undefined {
    const serving = this.serving();
    const silent = this.nodes.filter((node) => !serving.includes(node));
    if (silent.length > 0) return `${silent.join(', ')}: riak does not answer`;
    const clauses = this.nodes.flatMap((node) => {
      const running = this.running.get(node) as RiakNode;
      const down = this.nodes.filter((other) => !running.believesUp(other));
      const held = running.fallbacks.map(({ partition }) => `partition ${partition}`);
      return [
        ...(down.length > 0 ? [`${node} believes ${down.join(', ')} to be down`] : []),
        ...(held.length > 0 ? [`${node} still holds data of ${held.join(', ')}, which it does not own`] : []),
      ];
    });
    return clauses.length > 0 ? clauses.join('; ') : undefined;
  }
}
