import type { Connection, Loss } from '../../../../contract/index.ts';
import { compareOptimes, NO_OPTIME, type Optime } from '../oplog.ts';
import { MONGO_PORT, type Position, type State } from '../wire.ts';
import type { MemberCurrent } from './member.ts';

/** What is known of another member. */
export interface Peer {
  readonly node: string;
  up: boolean;
  state: State | 'DOWN';
  applied: Optime;
  pingMs: number;
  /** When it was last heard of, by this node's clock. */
  heardMs: number;
}

export interface HeartbeatRequest {
  readonly do: 'heartbeat';
  readonly node: string;
  readonly term: number;
  readonly primary: boolean;
}

export interface HeartbeatReply {
  readonly term: number;
  readonly state: State;
  readonly position: Position;
  readonly committed: Optime;
}

/** Asks every other member how it is, every two seconds (replication_coordinator_impl_heartbeat.cpp). */
export class Heartbeats {
  readonly peers: ReadonlyMap<string, Peer>;
  readonly #member: MemberCurrent;
  readonly #connections = new Map<string, Connection>();

  constructor(member: MemberCurrent) {
    this.#member = member;
    const others = member.set.nodes.filter((node) => node !== member.node);
    const heardMs = member.process.nowMs();
    this.peers = new Map(
      others.map((node) => [node, { node, up: false, state: 'DOWN', applied: NO_OPTIME, pingMs: 0, heardMs }]),
    );
  }

  /** Begins with everybody at once, or at moments of chance; from then on each goes at its own pace. */
  start(when: 'at once' | 'by chance'): void {
    const { process, set } = this.#member;
    const rng = process.rng.fork('heartbeats');
    for (const peer of this.peers.values()) {
      const ms = rng.int(0, set.heartbeatIntervalMs);
      if (when === 'at once') this.#beat(peer, ms);
      else process.after(ms, () => this.#beat(peer));
    }
  }

  /** One more to everybody now, beside those that come by themselves: a new primary wants to know. */
  restart(): void {
    for (const peer of this.peers.values()) this.#ask(peer, () => {});
  }

  /** It has been heard of otherwise: it replicates from here, or somebody says how far it has come. */
  alive(node: string): void {
    const peer = this.peers.get(node);
    if (peer !== undefined) peer.heardMs = this.#member.process.nowMs();
  }

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

  #beat(peer: Peer, pauseMs = this.#member.set.heartbeatIntervalMs): void {
    this.#ask(peer, () => this.#member.process.after(pauseMs, () => this.#beat(peer)));
  }

  #ask(peer: Peer, then: () => void): void {
    const { process, set, node, term, state } = this.#member;
    const connection = this.connection(peer.node);
    const sentMs = process.nowMs();
    const request: HeartbeatRequest = { do: 'heartbeat', node, term, primary: state === 'PRIMARY' };
    const done = (answer: unknown, lost: Loss | undefined) => {
      if (lost === undefined) this.#up(peer, answer as HeartbeatReply, process.nowMs() - sentMs);
      else {
        connection.close();
        if (this.#connections.get(peer.node) === connection) this.#connections.delete(peer.node);
        this.#down(peer, lost);
      }
      then();
    };
    connection.call(request, done, set.heartbeatTimeoutMs);
  }

  #up(peer: Peer, { term, state, position, committed }: HeartbeatReply, tookMs: number): void {
    const { process } = this.#member;
    if (!peer.up || peer.state !== state) process.say('member-state', `member ${peer.node} is now in state ${state}`);
    const pingMs = peer.up ? Math.floor((peer.pingMs * 8 + tookMs * 2) / 10) : tookMs;
    Object.assign(peer, { up: true, state, applied: position.applied, pingMs, heardMs: process.nowMs() });
    this.#member.heard(peer.node, term, state === 'PRIMARY', position, committed);
    this.#member.puller.reconsider(this.#member.candidates());
  }

  #down(peer: Peer, why: Loss): void {
    if (peer.up) this.#member.process.say('member-down', `${peer.node} does not answer: ${why}`);
    Object.assign(peer, { up: false, state: 'DOWN' });
  }

  /** The furthest that any member that answers is known to have come. */
  get furthest(): { readonly node: string; readonly applied: Optime } | undefined {
    let best: Peer | undefined;
    for (const peer of this.peers.values())
      if (peer.up && (best === undefined || compareOptimes(peer.applied, best.applied) > 0)) best = peer;
    return best;
  }
}
