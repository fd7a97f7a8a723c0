import type { Connection, Loss } from '../../../../contract/index.ts';
import { NO_OPTIME, type Optime } from '../oplog.ts';
import { MONGO_PORT, type State } from '../wire.ts';
import type { Member24 } from './member.ts';

/** What is known of another member (hbinfo): as old as the last heartbeat. */
export interface Peer {
  readonly node: string;
  up: boolean;
  state: State | 'DOWN';
  applied: Optime;
  pingMs: number;
  /** When it became primary, by its own wall clock; meaningless while it is none. */
  electedMs: number;
  /** When it was first found down, by this node's clock; undefined while it is up. */
  downSinceMs: number | undefined;
}

export interface HeartbeatReply {
  readonly state: State;
  readonly applied: Optime;
  readonly electedMs: number;
}

/** The manager looks at what has not changed, too, when more than so many of the clock's seconds have passed (time(0)). */
const LOOK_S = 4;

/**
 * Asks every other member, again and again, how it is: two seconds after the last answer, or after the ten that it was
 * waited for (heartbeat.cpp, ReplSetHealthPollTask). What changes is looked at by the manager.
 */
export class Heartbeats {
  readonly peers: ReadonlyMap<string, Peer>;
  readonly #member: Member24;
  readonly #connections = new Map<string, Connection>();
  #lookedS = 0;

  constructor(member: Member24) {
    this.#member = member;
    const others = member.set.nodes.filter((node) => node !== member.node);
    this.peers = new Map(
      others.map((node) => [
        node,
        { node, up: false, state: 'DOWN', applied: NO_OPTIME, pingMs: 0, electedMs: 0, downSinceMs: undefined },
      ]),
    );
  }

  /** Begins with everybody at once, or at moments of chance; from then on each goes at its own pace. */
  start(when: 'at once' | 'by chance'): void {
    const { process, set } = this.#member;
    const rng = process.rng.fork('heartbeats');
    // A set of one has nobody to hear from, and nothing to wait for.
    if (this.peers.size === 0) process.after(0, () => this.#member.manager.checkNewState());
    for (const peer of this.peers.values()) {
      const ms = rng.int(0, set.heartbeatIntervalMs);
      if (when === 'at once') this.#beat(peer, ms);
      else process.after(ms, () => this.#beat(peer));
    }
  }

  /** The connection for the set's own questions to another member. */
  connection(node: string): Connection {
    const open = this.#connections.get(node);
    if (open !== undefined) return open;
    const connection = this.#member.process.connect(node, MONGO_PORT, {
      ended: () => {
        if (this.#connections.get(node) === connection) this.#connections.delete(node);
      },
    });
    this.#connections.set(node, connection);
    return connection;
  }

  /** Asks once, and `pauseMs` after the answer, or its absence, begins again. */
  #beat(peer: Peer, pauseMs = this.#member.set.heartbeatIntervalMs): void {
    const { process, set } = this.#member;
    const connection = this.connection(peer.node);
    const sentMs = process.nowMs();
    const done = (answer: unknown, lost: Loss | undefined) => {
      if (lost === undefined) this.#up(peer, answer as HeartbeatReply, process.nowMs() - sentMs);
      else {
        connection.close();
        this.#connections.delete(peer.node);
        this.#down(peer, lost);
      }
      process.after(pauseMs, () => this.#beat(peer));
    };
    connection.call({ do: 'heartbeat' }, done, set.heartbeatTimeoutMs);
  }

  #up(peer: Peer, { state, applied, electedMs }: HeartbeatReply, tookMs: number): void {
    const changed = !peer.up || peer.state !== state;
    if (changed) this.#member.process.say('member-state', `member ${peer.node} is now in state ${state}`);
    // New pings are weighed with old ones (HeartbeatInfo, "ping").
    const pingMs = peer.up ? Math.floor((peer.pingMs * 8 + tookMs * 2) / 10) : tookMs;
    Object.assign(peer, { up: true, state, applied, pingMs, electedMs, downSinceMs: undefined });
    this.#member.puller.reconsider(this.#member.candidates());
    this.#look(changed);
  }

  #down(peer: Peer, why: Loss): void {
    const { process } = this.#member;
    const changed = peer.up || peer.downSinceMs === undefined;
    if (changed) {
      process.say('member-down', `${peer.node} is down (or slow to respond): ${why}`);
      Object.assign(peer, { up: false, state: 'DOWN', pingMs: 0, downSinceMs: process.nowMs() });
    }
    this.#look(changed);
  }

  #look(changed: boolean): void {
    const now = Math.floor(this.#member.process.wallMs() / 1000);
    if (!changed && now - this.#lookedS <= LOOK_S) return;
    this.#lookedS = now;
    this.#member.manager.checkNewState();
  }
}
