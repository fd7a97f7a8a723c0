/**
 * What a Sentinel knows: of the primary, its replicas and the other Sentinels (sentinel.c, sentinelRedisInstance), each
 * by its node's name. Times are milliseconds of the wall clock, as mstime() has them; 0 is never.
 */
import type { Rng } from '../../../../base/rng.ts';
import type { Connection, Disk, SimProcess } from '../../../../contract/index.ts';
import type { Info } from '../protocol.ts';
import type { Witness } from './witness.ts';

/** The connections to one server (for commands, and for its hello channel) or Sentinel (for commands). */
export interface InstanceLink {
  commands: Connection | undefined;
  commandsSince: number;
  channel: Connection | undefined;
  channelSince: number;
  channelActivity: number;
  /** Commands without an answer so far. */
  pending: number;
  lastReconnect: number;
  /** When the oldest PING without an answer was sent. */
  actPing: number;
  lastPing: number;
  /** The last answer that counts as a sign of life. */
  lastAvailable: number;
  lastPong: number;
}

export interface Instance {
  readonly kind: 'master' | 'slave' | 'sentinel';
  node: string;
  readonly port: number;
  link: InstanceLink;
  lastPublish: number;
  down: boolean;
  downSince: number;
}

export interface Server extends Instance {
  runId: string | undefined;
  infoRefresh: number;
  roleReported: Info['role'];
  roleReportedAt: number;
  /** Of a replica: what it said last. */
  info: Info | undefined;
  linkDownMs: number;
  followsChangedAt: number;
  /** How far this failover has come with it. */
  reconf: 'none' | 'sent' | 'in-progress' | 'done';
  reconfSentAt: number;
}

export interface OtherSentinel extends Instance {
  /** Whether it finds the primary down, and when it said so. */
  masterDown: boolean;
  masterDownReplyAt: number;
  /** Its last vote. */
  leader: string | undefined;
  leaderEpoch: number;
}

export type FailoverState =
  | 'none'
  | 'wait_start'
  | 'select_slave'
  | 'send_slaveof_noone'
  | 'wait_promotion'
  | 'reconf_slaves'
  | 'update_config';

export interface Master extends Server {
  objectivelyDown: boolean;
  configEpoch: number;
  replicas: Map<string, Server>;
  readonly sentinels: Map<string, OtherSentinel>;
  /** This Sentinel's own vote. */
  leader: string | undefined;
  leaderEpoch: number;
  failover: FailoverState;
  failoverEpoch: number;
  failoverStartedAt: number;
  failoverChangedAt: number;
  promoted: Server | undefined;
}

export interface SentinelConfig {
  readonly nodes: readonly string[];
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly parallelSyncs: number;
  readonly witness: Witness;
}

/** What survives in sentinel.conf: who is primary, and which epochs this Sentinel has seen and voted in. */
export interface SavedConfig {
  readonly primary: string;
  readonly currentEpoch: number;
  readonly configEpoch: number;
  readonly leaderEpoch: number;
}

export interface SentinelState {
  readonly process: SimProcess;
  readonly config: SentinelConfig;
  readonly disk: Disk;
  readonly desync: Rng;
  readonly order: Rng;
  readonly master: Master;
  currentEpoch: number;
  /** Writes of sentinel.conf that are not on the disk yet. */
  syncing: number;
  /** Since when it only watches, for time went strange; 0: it acts. */
  tiltSince: number;
}
