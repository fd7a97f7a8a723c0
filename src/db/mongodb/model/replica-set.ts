import { durationMs } from '../../../base/units.ts';
import type { MongoSettings } from '../settings.ts';
import type { Member } from './member.ts';
import { compareOptimes } from './oplog.ts';

/** What the members of a set have in common: their configuration, and, for those who look on, each other. */
export class ReplicaSet {
  readonly nodes: readonly string[];
  readonly majority: number;
  readonly chaining: boolean;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly electionTimeoutMs: number;
  readonly journalIntervalMs: number;
  /** The processes that were started last; not for the protocol, which knows of others only what they tell. */
  readonly members = new Map<string, Member>();
  readonly #priorities: readonly number[];

  constructor(nodes: readonly string[], settings: MongoSettings) {
    this.nodes = nodes;
    this.majority = Math.floor(nodes.length / 2) + 1;
    this.chaining = settings.chaining;
    this.heartbeatIntervalMs = durationMs(settings.heartbeat_interval);
    this.heartbeatTimeoutMs = durationMs(settings.heartbeat_timeout);
    this.electionTimeoutMs = durationMs(settings.election_timeout);
    this.journalIntervalMs = durationMs(settings.journal_commit_interval);
    this.#priorities = settings.priorities ?? nodes.map(() => 1);
  }

  priority(node: string): number {
    return this.#priorities[this.nodes.indexOf(node)] ?? 1;
  }

  /** The members that run, in the order of the nodes. */
  get running(): Member[] {
    return this.nodes.flatMap((node) => {
      const member = this.members.get(node);
      return member?.process.state === 'running' ? [member] : [];
    });
  }

  primaries(): string[] {
    return this.running.filter((member) => member.state === 'PRIMARY').map((member) => member.node);
  }

  /** What is missing until the set is whole: everybody up, one primary, and the others as far as it is. */
  missing(): string | undefined {
    const running = this.running;
    const silent = this.nodes.filter((node) => !running.some((member) => member.node === node));
    if (silent.length > 0) return `${silent.join(', ')}: mongod does not answer`;
    const primaries = running.filter((member) => member.state === 'PRIMARY');
    const [primary] = primaries;
    if (primary === undefined) return 'no member is primary';
    if (primaries.length > 1) return `${this.primaries().join(' and ')} both claim to be primary`;
    const clauses = running.flatMap((member) => {
      if (member === primary) return [];
      if (member.state !== 'SECONDARY') return [`${member.node} is in state ${member.state}`];
      const behind = compareOptimes(member.oplog.last, primary.oplog.last) !== 0;
      if (behind || member.oplog.entries.at(-1) !== primary.oplog.entries.at(-1))
        return [`${member.node} has not the primary's last operation`];
      return member.seesPrimary(primary.node) ? [] : [`${member.node} does not know that ${primary.node} is primary`];
    });
    return clauses.length > 0 ? clauses.join('; ') : undefined;
  }
}
