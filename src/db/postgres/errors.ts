/**
 * What an error means for the operation. `fail` only where nothing can have happened: there was no connection over
 * which to ask for it, or the server refused it before it carried anything out. What is in no row is `info`.
 */
import { messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../contract/index.ts';

/** How far the operation had come: `before` anything that writes was sent (so is every read), or `sent`. */
export type Stage = 'before' | 'sent';

/** An error as the JDBC driver throws it: the server's, or its own, each with an SQLSTATE. */
export class SqlError extends Error {
  readonly state: string;
  constructor(state: string, message: string) {
    super(`${message} (${state})`);
    this.name = 'SqlError';
    this.state = state;
  }
}

export interface ErrorRow {
  /** The SQLSTATE. */
  readonly state: string;
  readonly stage: Stage;
  readonly outcome: 'fail' | 'info';
  readonly reason: string;
  /** Where that is written: PostgreSQL's sources and manual, or those of its JDBC driver. */
  readonly source: string;
}

/** A row for each error that is known. */
export const ERRORS: readonly ErrorRow[] = [
  {
    state: '08001',
    stage: 'before',
    outcome: 'fail',
    reason: 'no connection in time, or refused: nothing was sent over it',
    source: 'pgjdbc ConnectionFactoryImpl.openConnectionImpl, Driver.ConnectThread (loginTimeout)',
  },
  {
    state: '57P03',
    stage: 'before',
    outcome: 'fail',
    reason: 'the server is starting up, and takes nobody in',
    source: 'postmaster.c, canAcceptConnections: CAC_STARTUP; manual, appendix A: cannot_connect_now',
  },
  {
    state: '53300',
    stage: 'before',
    outcome: 'fail',
    reason: 'all of max_connections are taken, and the server takes nobody in',
    source: 'proc.c, InitProcess: "sorry, too many clients already"; manual, appendix A: too_many_connections',
  },
  {
    state: '08006',
    stage: 'sent',
    outcome: 'info',
    reason: 'the statement was sent and no answer came: its transaction may be committed, or may yet be',
    source: 'pgjdbc QueryExecutorImpl.execute: IOException; the connection is closed',
  },
];

/** The outcome of an operation that ended in `error`. What nobody had been asked for cannot have happened. */
export function classify(error: unknown, stage: Stage): Outcome & { readonly type: 'fail' | 'info' } {
  const message = messageOf(error);
  if (stage === 'before') return { type: 'fail', error: message };
  const row =
    error instanceof SqlError ? ERRORS.find((one) => one.state === error.state && one.stage === stage) : undefined;
  return { type: row?.outcome ?? 'info', error: message };
}
