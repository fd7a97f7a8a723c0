/** What nodes and clients of Riak say to each other. */
import type { RiakObject } from './object.ts';
import type { Entry } from './ring.ts';
import type { Value } from './value.ts';
import type { VClock } from './vclock.ts';

/** Erlang's distribution, the protocol buffers interface, and handoff. */
export const DIST_PORT = 6_000;
export const CLIENT_PORT = 8_087;
export const HANDOFF_PORT = 8_099;

/** A process on some node: replies go to it. It is not the same again after the node has been started anew. */
export interface Pid {
  readonly node: string;
  readonly id: string;
}

/** A message to another node. */
export type Message =
  /** The node watcher's broadcast: the sender is up. */
  | { readonly to: 'watcher' }
  | { readonly to: 'vnode'; readonly partition: number; readonly request: VnodeRequest; readonly from: Pid }
  | { readonly to: 'pid'; readonly id: string; readonly body: unknown }
  /** Starts a put FSM there (proc_lib:spawn), whose answer goes to the process that serves the client. */
  | { readonly to: 'spawn'; readonly put: Put; readonly from: Pid };

export type VnodeRequest =
  | { readonly do: 'get' }
  | { readonly do: 'put'; readonly object: RiakObject; readonly why: 'put' | 'read-repair'; readonly by: string };

export type VnodeReply = {
  readonly partition: number;
  /** What a get has found. */
  readonly object: RiakObject | undefined;
};

export interface Handoff {
  readonly partition: number;
  readonly object: RiakObject;
  readonly from: string;
}

/** What a client asks of the node that it is connected to. */
export type Request = { readonly do: 'get'; readonly pr: 'as-set' | 'all' } | Put | { readonly do: 'get-own' };

/** A value with the clock of what it was made of; undefined: of nothing. */
export interface Put {
  readonly do: 'put';
  readonly value: Value;
  readonly vclock: VClock | undefined;
}

export type GetReply = { readonly object: RiakObject | undefined } | Failure;
export type PutReply = { readonly stored: true } | Failure;

export interface Failure {
  readonly error: string;
}

export const isFailure = (reply: GetReply | PutReply): reply is Failure => 'error' in reply;

export const showEntry = ({ partition, node, primary }: Entry): string =>
  `${node} (${primary ? 'primary' : 'fallback'} of partition ${partition})`;
