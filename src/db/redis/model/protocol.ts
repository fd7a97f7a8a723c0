/**
 * What clients, servers and Sentinels of the model say to each other: Redis's commands and replies as structures, with the
 * bytes that they would have on the wire where those count (replication offsets are bytes).
 */
import type { Argv } from '../scripts.ts';
import type { Keyspace } from './keyspace.ts';

export type Command =
  | { readonly command: 'PING' | 'INFO' | 'ROLE' | 'CONFIG REWRITE' }
  /** A command on data, as a client gives it; EVAL among them. */
  | { readonly command: 'DATA'; readonly argv: Argv }
  | { readonly command: 'WAIT'; readonly replicas: number; readonly timeoutMs: number }
  /** `undefined`: NO ONE. */
  | { readonly command: 'REPLICAOF'; readonly primary: string | undefined }
  | { readonly command: 'CLIENT KILL'; readonly type: 'normal' | 'pubsub' }
  /** MULTI, these commands, EXEC. */
  | { readonly command: 'EXEC'; readonly commands: readonly Command[] }
  | { readonly command: 'PUBLISH'; readonly hello: Hello }
  /** A replica says under which name its primary shall list it. */
  | { readonly command: 'REPLCONF'; readonly node: string }
  /** `replid` is `?` where the replica has nothing to continue. */
  | { readonly command: 'PSYNC'; readonly replid: string; readonly offset: number };

/** What a Sentinel answers. */
export type SentinelCommand =
  | { readonly command: 'PING' }
  | { readonly command: 'GET-MASTER-ADDR-BY-NAME' }
  /** `candidate` asks for a vote; `*`: only for an opinion. */
  | {
      readonly command: 'IS-MASTER-DOWN-BY-ADDR';
      readonly node: string;
      readonly epoch: number;
      readonly candidate: string;
    }
  | { readonly command: 'PUBLISH'; readonly hello: Hello };

/** An error reply, beginning with Redis's code. */
export interface Refusal {
  readonly error: string;
}

export function isRefusal(reply: unknown): reply is Refusal {
  return typeof reply === 'object' && reply !== null && 'error' in reply;
}

export type PsyncReply =
  | { readonly psync: 'CONTINUE'; readonly replid: string }
  | { readonly psync: 'FULLRESYNC'; readonly replid: string; readonly offset: number };

export interface MasterDownReply {
  readonly down: boolean;
  /** For whom it voted, if for anybody; else `*`. */
  readonly leader: string;
  readonly leaderEpoch: number;
}

/** What a Sentinel publishes of itself and of the primary, as it believes; Sentinels go by their node's name. */
export interface Hello {
  readonly sentinel: string;
  readonly currentEpoch: number;
  readonly primary: string;
  readonly configEpoch: number;
}

/** Sent without waiting for an answer: to a primary or from it, and to who has subscribed. */
export type Message =
  | { readonly kind: 'ack'; readonly offset: number }
  | { readonly kind: 'subscribe' }
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | StreamEntry;

/** A data set at one moment (an RDB file), not to be changed any more, and the place in a replication history that it stands for. */
export interface Snapshot {
  readonly data: Keyspace;
  readonly replid: string;
  readonly offset: number;
}

/** A command in the replication stream; `end` is the offset of its last byte. */
export interface StreamEntry {
  readonly kind: 'stream';
  readonly end: number;
  readonly size: number;
  readonly command: StreamCommand;
}

export type StreamCommand =
  /** What a command, or a script as a whole, has changed. */
  | { readonly command: 'DATA'; readonly effects: readonly Argv[] }
  | { readonly command: 'PUBLISH'; readonly hello: Hello }
  | { readonly command: 'PING' | 'GETACK' };

/** The fields of `INFO` that anybody here reads. */
export interface Info {
  readonly runId: string;
  readonly role: 'master' | 'slave';
  readonly loading: boolean;
  readonly replicas: readonly { readonly node: string; readonly state: string; readonly offset: number }[];
  /** The rest is a replica's. */
  readonly primary: string | undefined;
  readonly linkUp: boolean;
  readonly syncInProgress: boolean;
  /** -1: the link was never up. */
  readonly linkDownS: number;
  readonly replOffset: number;
}

/** Bytes of a command as an array of bulk strings (RESP), given the length of each argument. */
function respBytes(...lengths: number[]): number {
  let bytes = 3 + digits(lengths.length);
  for (const length of lengths) bytes += 5 + digits(length) + length;
  return bytes;
}

const digits = (n: number) => (n < 10 ? 1 : String(n).length);

const PING_BYTES = respBytes(4);
const GETACK_BYTES = respBytes(8, 6, 1);
/** Around what changes more than one thing. */
const MULTI_EXEC_BYTES = respBytes(5) + respBytes(4);
const HELLO_CHANNEL_LENGTH = '__sentinel__:hello'.length;
/** Ports, the Sentinel's id of forty digits, the primary's name `main`, and commas. */
const HELLO_REST = 5 + 40 + 4 + 4 + 7;

export function sizeOf(command: StreamCommand): number {
  if (command.command === 'DATA') {
    const { effects } = command;
    const bytes = effects.reduce((sum, argv) => sum + respBytes(...argv.map((one) => one.length)), 0);
    return effects.length > 1 ? bytes + MULTI_EXEC_BYTES : bytes;
  }
  if (command.command !== 'PUBLISH') return command.command === 'PING' ? PING_BYTES : GETACK_BYTES;
  const { sentinel, primary, currentEpoch, configEpoch } = command.hello;
  const length =
    HELLO_REST + sentinel.length + primary.length + String(currentEpoch).length + String(configEpoch).length;
  return respBytes(7, HELLO_CHANNEL_LENGTH, length);
}
