import type { Answers } from '../session.ts';

/** What a client and the server say to each other: the messages of PostgreSQL's protocol (manual, Message Flow), as far as the workloads need them. */

export const POSTGRES_PORT = 5432;

/** To become a client takes two of these, after the connection itself: a start-up packet, and the answer to a challenge. */
export type Login = { readonly do: 'startup' } | { readonly do: 'password' };

/** What a logged-in client asks, one thing at a time; each is a transaction of its own. */
export type Statement = Insert | Select | SelectAll | Query;

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

/** Of the other workloads: statements by their texts, as in the simple protocol. Several, with `; ` between them, are one transaction. */
export interface Query {
  readonly do: 'query';
  readonly text: string;
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
export type QueryReply = Answers;
