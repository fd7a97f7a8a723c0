/** What members of a replica set and its clients say to each other. */
import type { Change } from '../numbers.ts';
import type { Doc, Entry, Optime } from './oplog.ts';

export { MONGO_PORT } from '../config.ts';

/** As `replSetGetStatus` names them. */
export type State = 'STARTUP2' | 'PRIMARY' | 'SECONDARY' | 'FATAL';

/** How far a member has come: in memory, and in its journal. */
export interface Position {
  readonly applied: Optime;
  readonly durable: Optime;
}

/** What a write waits for before it is acknowledged. */
export interface Concern {
  /** So many members must have it. */
  readonly w: number;
  /** In the current protocol: and it must be committed, so that no election takes it back. */
  readonly majority: boolean;
  /** In the primary's journal. */
  readonly journal: boolean;
  readonly timeoutMs: number | undefined;
}

/** What a client asks of a member. */
export type Command =
  | { readonly do: 'hello' }
  | Find
  | UpdateCommand
  | { readonly do: 'get-last-error'; readonly concern: Concern };

export type ReadConcern = 'local' | 'majority' | 'linearizable';

export interface Find {
  readonly do: 'find';
  readonly of: 'primary' | 'member';
  readonly concern: ReadConcern;
  /** The document of a number; left out: the set's. */
  readonly id?: string;
}

export interface UpdateCommand {
  readonly do: 'update';
  readonly update: Update;
  readonly concern: Concern;
  readonly session: string | undefined;
}

export type Update = Addition | NumberUpdate;

/** Puts `element` into the set, where the document is the expected one (compare-and-set); `any`: whatever it is. */
export interface Addition {
  readonly element: number;
  readonly expected: Doc | undefined | 'any';
}

/** Changes the document of a number. */
export interface NumberUpdate {
  readonly id: string;
  readonly change: Change;
}

/** A one-way update, as before 2.6: what became of it is asked with `get-last-error`. */
export interface BlindUpdate {
  readonly do: 'blind-update';
  readonly update: Update;
}

/** An error reply: `code` as the server's sources number it. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

export type HelloReply = { readonly primary: boolean; readonly term: number };
/** What the document is: a version of the set, or a number; undefined where it is not there. */
export type FindReply = { readonly found: Doc | number | undefined } | Refusal;
/** `matched`: whether the document was the expected one, so that something was written; `value`: the number it holds then. */
export type UpdateReply = { readonly matched: boolean; readonly value?: number | undefined } | Refusal;

/** What members ask of each other to replicate. */
export type Replication = Fetch | Compare;

export interface Fetch {
  readonly do: 'fetch';
  readonly node: string;
  /** Its term: a primary that hears of a later one must not count what the reader has (find on the oplog, `term`). */
  readonly term: number;
  /** The last entry that it has. */
  readonly after: Entry | undefined;
  readonly position: Position;
  /** How long it may be kept waiting for something new (awaitData). */
  readonly awaitMs: number;
}

/** How many of these, newest first, does it not have? */
export interface Compare {
  readonly do: 'compare';
  readonly entries: readonly Entry[];
}

export type FetchReply =
  | {
      readonly entries: readonly Entry[];
      readonly committed: Optime;
      readonly term: number;
      /** Whether the source is the primary, or knows one (OplogQueryMetadata, primaryIndex). */
      readonly knowsPrimary: boolean;
    }
  /**
   * `behind`: the one who asks is ahead. `diverged`: it has something that is not in this log. `circle`: what is here comes
   * from there. `state`: it cannot say.
   */
  | { readonly refused: 'behind' | 'diverged' | 'circle' | 'state'; readonly primary: boolean };

/** How far members have come, told upstream; with the term of who tells it. */
export interface Progress {
  readonly do: 'progress';
  readonly term: number;
  readonly positions: readonly (readonly [node: string, position: Position])[];
}
