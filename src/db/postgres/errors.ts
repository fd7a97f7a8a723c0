/**
 * What an error means for the operation. `fail` only where nothing can have happened: there was no connection over
 * which to ask for it, or the server has rolled it back and says so. What is in no row is `info`.
 */
import { messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../contract/index.ts';

/**
 * How far the operation had come: `before` anything was sent that can take effect (so is every read, and a transaction whose
 * COMMIT was not sent), or `sent`.
 */
export type Stage = 'before' | 'sent';

/** An error with an SQLSTATE: the server's, or the driver's own, which are those that the JDBC driver has for it. */
export class SqlError extends Error {
  readonly state: string;
  /** `ERROR`: the statement is rolled back, the session goes on. `FATAL`, `PANIC`: the session is over. */
  readonly severity: string;
  constructor(state: string, message: string, severity = 'ERROR') {
    super(`${message} (${state})`);
    this.name = 'SqlError';
    this.state = state;
    this.severity = severity;
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

const before = (state: string, reason: string, source: string): ErrorRow => ({
  ...{ state, stage: 'before', outcome: 'fail', reason, source },
});
const rolledBack = (state: string, reason: string, source: string): ErrorRow => ({
  ...{ state, stage: 'sent', outcome: 'fail', reason, source },
});
const unknown = (state: string, reason: string, source: string): ErrorRow => ({
  ...{ state, stage: 'sent', outcome: 'info', reason, source },
});

/** A row for each error that is known. */
export const ERRORS: readonly ErrorRow[] = [
  before(
    '08001',
    'no connection in time, or refused, or to no primary: nothing was sent over it',
    'pgjdbc ConnectionFactoryImpl.openConnectionImpl, Driver.ConnectThread (loginTimeout)',
  ),
  before(
    '57P03',
    'the server is starting up or shutting down, and takes nobody in',
    'postmaster.c, canAcceptConnections: CAC_STARTUP; manual, appendix A: cannot_connect_now',
  ),
  before(
    '53300',
    'all of max_connections are taken, and the server takes nobody in',
    'proc.c, InitProcess: "sorry, too many clients already"; miscinit.c, InitializeSessionUserId: too many for the role',
  ),
  before('28P01', 'the password is wrong, and the server takes nobody in', 'auth.c, auth_failed'),
  before('28000', 'the user may not log in from there, or at all', 'auth.c, ClientAuthentication; miscinit.c'),
  rolledBack(
    '25006',
    'the server is a standby, or the transaction read-only: refused before it is carried out',
    'utility.c, PreventCommandIfReadOnly; execMain.c, ExecCheckXactReadOnly',
  ),
  rolledBack(
    '40001',
    'it could not be serialized, and was rolled back',
    'manual, 13.2.3 and 13.5; predicate.c, OnConflict_CheckForSerializationFailure',
  ),
  rolledBack('40P01', 'it was in a deadlock, and was rolled back', 'manual, 13.3.4; deadlock.c, DeadLockReport'),
  rolledBack('23505', 'another row has the key, and it was rolled back', 'nbtinsert.c, _bt_check_unique'),
  rolledBack(
    '53100',
    'the disk had no room for the row, and it was rolled back (for the log, it would be a PANIC)',
    'md.c, mdextend; xlog.c, XLogFileInit',
  ),
  rolledBack(
    '57014',
    'it was cancelled, and rolled back; a commit under way cannot be (while it waits for a standby, it ends in a warning)',
    'postgres.c, ProcessInterrupts; xact.c, CommitTransaction: HOLD_INTERRUPTS; syncrep.c, SyncRepWaitForLSN',
  ),
  unknown(
    '57P01',
    'an administrator has ended the session: before the statement, or after its commit',
    'postgres.c, ProcessInterrupts; manual, appendix A: admin_shutdown',
  ),
  unknown(
    '08006',
    'the statement was sent and no answer came: its transaction may be committed, or may yet be',
    'pgjdbc QueryExecutorImpl.execute: IOException; the connection is closed',
  ),
  unknown(
    '01000',
    'committed here, but nobody waits any longer for the standbys that were to have it, too',
    'syncrep.c, SyncRepWaitForLSN: "canceling wait for synchronous replication"',
  ),
  unknown(
    'XX000',
    'an error in the server itself, at a moment that it does not tell',
    'manual, appendix A: internal_error',
  ),
];

/** The outcome of an operation that ended in `error`. What nobody had been asked for cannot have happened. */
export function classify(error: unknown, stage: Stage): Outcome & { readonly type: 'fail' | 'info' } {
  const message = messageOf(error);
  if (stage === 'before') return { type: 'fail', error: message };
  if (!(error instanceof SqlError)) return { type: 'info', error: message };
  const row = ERRORS.find((one) => one.state === error.state && one.stage === stage);
  // A session that is over does not say what became of its statement.
  return { type: error.severity === 'ERROR' ? (row?.outcome ?? 'info') : 'info', error: message };
}
