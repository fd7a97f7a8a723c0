import type { Connection, Handler, SimProcess, Timer } from '../../../contract/index.ts';
import { DIST_PORT, type Message } from './wire.ts';

/** How long setting up a connection may take (net_setuptime). */
const SETUP_MS = 7_000;
/** A peer that nothing came from between so many looks, and one more, is down (dist_util.erl, con_loop). */
const QUARTERS = 4;

/** What a node is told by its connections. */
export interface Listener {
  received(from: string, message: Message): void;
  /** The connection to a node is gone, and what was under way with it: nodedown. */
  nodeDown(node: string, why: string): void;
}

/** What there is of a connection to another node. */
interface Peer {
  readonly node: string;
  /** Set up, by either side. */
  up: Connection | undefined;
  /** Being set up by this side: not yet welcome there. */
  pending: Connection | undefined;
  setup: Timer | undefined;
  /** What waits for the connection. */
  queue: Message[];
  /** Whether something has come or gone since the last look, and when something last came. */
  heard: boolean;
  told: boolean;
  heardAt: number;
}

/**
 * Erlang's distribution: one connection with each other node, made when something is to be sent. Messages go by it in
 * order; where the network is cut they wait in it, and are lost with it. Every quarter of net_ticktime each side says
 * something, and looks whether the other one has: where it has not in four of them, the connection is closed (net_kernel,
 * dist_util.erl).
 */
export class Distribution {
  readonly #process: SimProcess;
  readonly #listener: Listener;
  readonly #peers = new Map<string, Peer>();
  #looks = 0;

  constructor(process: SimProcess, others: readonly string[], tickTimeMs: number, listener: Listener) {
    this.#process = process;
    this.#listener = listener;
    for (const node of others) {
      const blank = { up: undefined, pending: undefined, setup: undefined, queue: [], heardAt: 0 };
      this.#peers.set(node, { node, ...blank, heard: false, told: false });
    }
    process.listen(DIST_PORT, (connection) => this.#accept(connection));
    const quarterMs = Math.round(tickTimeMs / QUARTERS);
    // The nodes of a cluster were not started in the same moment.
    process.after(process.rng.fork('tick').int(0, quarterMs), () => {
      this.#look();
      process.every(quarterMs, () => this.#look());
    });
  }

  isConnected(node: string): boolean {
    return this.#peers.get(node)?.up !== undefined;
  }

  /** Sends to another node, and connects to it where it must (auto_connect); it tells nobody what becomes of it. */
  send(node: string, message: Message): void {
    const peer = this.#peers.get(node) as Peer;
    if (peer.up !== undefined) {
      peer.told = true;
      peer.up.send(message);
      return;
    }
    peer.queue.push(message);
    if (peer.setup === undefined) this.#connect(peer);
  }

  #connect(peer: Peer): void {
    peer.setup = this.#process.after(SETUP_MS, () => this.#giveUp(peer));
    const connection: Connection = this.#process.connect(peer.node, DIST_PORT, {
      opened: () => connection.send('hello'),
      message: (message) => {
        if (message === 'ok') connection.send('go');
        else if (message === 'welcome') this.#established(peer, connection);
        // Both sides have begun: the other one's is used (dist_util.erl, simultaneous).
        else if (message === 'not ok') {
          connection.close();
          if (peer.pending === connection) peer.pending = undefined;
        } else this.#received(peer, connection, message as Message);
      },
      ended: (why) => this.#ended(peer, connection, why),
    });
    peer.pending = connection;
  }

  #accept(connection: Connection): Handler {
    const peer = this.#peers.get(connection.peer);
    if (peer === undefined) return {};
    return {
      message: (message) => {
        if (message === 'hello') this.#greeted(peer, connection);
        else if (message === 'go') {
          // The other side has lost a connection that is still there for this one.
          if (peer.up !== undefined) this.#lose(peer, 'it has connected anew');
          connection.send('welcome');
          this.#established(peer, connection);
        } else this.#received(peer, connection, message as Message);
      },
      ended: (why) => this.#ended(peer, connection, why),
    };
  }

  /** Where both sides have begun, the connection of the one with the greater name is used; so each has one side that wins. */
  #greeted(peer: Peer, connection: Connection): void {
    if (peer.pending !== undefined && peer.node < this.#process.node) {
      connection.send('not ok');
      return;
    }
    peer.pending?.close();
    peer.pending = undefined;
    connection.send('ok');
  }

  #established(peer: Peer, connection: Connection): void {
    peer.pending = undefined;
    peer.setup?.cancel();
    peer.setup = undefined;
    peer.up = connection;
    peer.heard = true;
    peer.heardAt = this.#looks;
    const queue = peer.queue;
    peer.queue = [];
    for (const message of queue) this.send(peer.node, message);
  }

  #received(peer: Peer, connection: Connection, message: Message | 'tick'): void {
    if (peer.up !== connection) return;
    peer.heard = true;
    if (message !== 'tick') this.#listener.received(peer.node, message);
  }

  #ended(peer: Peer, connection: Connection, why: string): void {
    if (peer.up === connection) this.#lose(peer, `the connection is gone (${why})`);
    else if (peer.pending === connection) this.#giveUp(peer);
  }

  /** What waited for it goes nowhere (noconnection). */
  #giveUp(peer: Peer): void {
    const { pending } = peer;
    peer.pending = undefined;
    peer.setup?.cancel();
    peer.setup = undefined;
    peer.queue = [];
    pending?.close();
  }

  #lose(peer: Peer, why: string): void {
    const { up } = peer;
    peer.up = undefined;
    up?.close();
    this.#listener.nodeDown(peer.node, why);
  }

  #look(): void {
    this.#looks++;
    for (const peer of this.#peers.values()) {
      const { up } = peer;
      if (up === undefined) continue;
      if (peer.heard) peer.heardAt = this.#looks;
      else if (this.#looks - peer.heardAt >= QUARTERS) {
        this.#lose(peer, 'nothing came from it for the ticktime');
        continue;
      }
      if (!peer.told) up.send('tick');
      peer.heard = false;
      peer.told = false;
    }
  }
}
