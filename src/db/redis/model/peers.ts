import type { Connection } from '../../../contract/index.ts';
import type { Hello, Message } from './protocol.ts';

/** Somebody connected to a server, as Redis classes clients. */
export interface Peer {
  readonly connection: Connection;
  kind: 'normal' | 'pubsub' | 'replica';
  /** The node that a replica has announced. */
  node: string;
  /** The server's offset after its last command, be it a write or not: what WAIT waits for. */
  offset: number;
}

export class Peers {
  readonly #peers = new Map<Connection, Peer>();

  add(connection: Connection): Peer {
    const peer: Peer = { connection, kind: 'normal', node: connection.peer, offset: 0 };
    this.#peers.set(connection, peer);
    return peer;
  }

  delete(connection: Connection): void {
    this.#peers.delete(connection);
  }

  of(kind: Peer['kind']): Peer[] {
    return [...this.#peers.values()].filter((peer) => peer.kind === kind);
  }

  /** To all that have subscribed to the hello channel. */
  publish(hello: Hello): void {
    const message: Message = { kind: 'hello', hello };
    for (const { kind, connection } of this.#peers.values()) if (kind === 'pubsub') connection.send(message);
  }
}
