/** What a client and the server say to each other: the messages of PostgreSQL's protocol (manual, Message Flow), as far as the workloads need them. */

export const POSTGRES_PORT = 5432;

/** To become a client takes two of these, after the connection itself: a start-up packet, and the answer to a challenge. */
export type Login = { readonly do: 'startup' } | { readonly do: 'password' };

/** What a logged-in client asks, one statement at a time; each is a transaction of its own. */
export type Statement = Insert | Select | SelectAll | Update | Fetch | NextValue;

/** `INSERT INTO set_app (txid, element) VALUES (...) ON CONFLICT DO NOTHING` */
export interface Insert {
  readonly do: 'insert';
  readonly txid: string;
  readonly element: number | null;
  /** `SET LOCAL synchronous_commit TO on`: whatever the server's setting is. */
  readonly durable: boolean;
}

/** `SELECT element FROM set_app WHERE txid = ...` */
export interface Select {
  readonly do: 'select';
  readonly txid: string;
}

/** `SELECT element FROM set_app WHERE element IS NOT NULL` */
export interface SelectAll {
  readonly do: 'select-all';
}

/**
 * A row's number: set (`INSERT ... ON CONFLICT (key) DO UPDATE SET value = 5`), set where it is another
 * (`UPDATE ... SET value = 2 WHERE key = 3 AND value = 1`), or added to (`UPDATE ... SET n = n + 5 RETURNING n`).
 */
export type NumberChange =
  | { readonly set: number }
  | { readonly from: number; readonly to: number }
  | { readonly add: number };

export interface Update {
  readonly do: 'update';
  /** `register 3`, `counter`, ... */
  readonly row: string;
  readonly change: NumberChange;
}

/** `SELECT value FROM registers WHERE key = 3` */
export interface Fetch {
  readonly do: 'fetch';
  readonly row: string;
}

/** `SELECT nextval('ids')` */
export interface NextValue {
  readonly do: 'nextval';
}

export type Request = Login | Statement;

/** A message that wants no answer: the client is about to close the connection (Terminate). */
export interface Terminate {
  readonly do: 'terminate';
}

/** ErrorResponse, with its SQLSTATE. */
export interface Refusal {
  readonly state: string;
  readonly message: string;
}

export type LoginReply = 'authenticate' | 'ready' | Refusal;
/** How many rows were inserted (CommandComplete, `INSERT 0 1`). */
export type InsertReply = { readonly rows: 0 | 1 };
/** Undefined where there is no such row. */
export type SelectReply = { readonly row: { readonly element: number | null } | undefined };
export type SelectAllReply = { readonly elements: number[] };
/** How many rows it was, and what that one has now. */
export type UpdateReply = { readonly rows: 0 | 1; readonly value: number | null };
/** Null where there is no such row. */
export type FetchReply = { readonly value: number | null };
export type NextValueReply = { readonly value: number };
