/** How an operation ended. `fail` only where the database guarantees that nothing happened; else `info`. */
export type Outcome =
  | { readonly type: 'ok'; readonly value?: unknown }
  | { readonly type: 'fail' | 'info'; readonly error: string };

/** What a client is asked to do: an operation before it has a place in the history. */
export interface Invocation {
  /** `add`, `read`, ... */
  readonly f: string;
  readonly value: unknown;
}

/** Where a client sits: its number, the node whose side it is on, and the address it comes from. */
export interface Seat {
  /** 0, 1, ... below the number of clients. */
  readonly client: number;
  /** Node *i mod n* for client *i*. */
  readonly home: string;
  /** Source address for its connections, where the environment gives clients addresses of their own. */
  readonly address?: string;
}

/**
 * One client of a workload, connected to one database. It is asked one operation at a time. After an
 * `info`, or when it has been given up for lost (the operation's timeout), it is closed and a new one is
 * made for the next process.
 */
export interface Client {
  /**
   * Carries out `op`. Errors are outcomes: it classifies what its driver throws by its table. An answer
   * that is at hand may be returned without a promise. Anything thrown is taken as `info`.
   */
  invoke(op: Invocation): Outcome | Promise<Outcome>;
  /** Lets go of connections at once; never throws. May be called while an operation is under way. */
  close(): void | Promise<void>;
}
