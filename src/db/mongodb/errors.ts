/**
 * What an error means for the operation. `fail` only where MongoDB guarantees that nothing happened: it refused the
 * command before carrying it out, or never got it. What is in no row is `info`.
 */
import { messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../contract/index.ts';

/** How far the operation had come: `before` anything that writes was sent (so is every read), or `sent`. */
export type Stage = 'before' | 'sent';

/** An error reply of the server, by its code. */
export class ServerError extends Error {
  readonly code: number;
  constructor({ code, message }: { readonly code: number; readonly message: string }) {
    super(`${message} (code ${code})`);
    this.name = 'ServerError';
    this.code = code;
  }
}

export interface ErrorRow {
  readonly code: number;
  readonly outcome: 'fail' | 'info';
  readonly reason: string;
  /** Where that is written: MongoDB's sources or manual. */
  readonly source: string;
}

/**
 * A row for each error reply that is known, for a write that was sent. What comes as a `writeConcernError` beside a result is
 * `info` whatever its code is (another 10107, say): the write has been carried out by then.
 */
export const ERRORS: readonly ErrorRow[] = [
  {
    code: 10054,
    outcome: 'fail',
    reason: 'the member is not primary, and did not carry out the update',
    source: '2.4 instance.cpp, receivedUpdate: uassert(10054, "not master") before the update',
  },
  {
    code: 10107,
    outcome: 'fail',
    reason: 'the member is not a writable primary, and did not carry out the command',
    source: 'error_codes.yml, NotWritablePrimary; service_entry_point_common.cpp, before the command runs',
  },
  {
    code: 13435,
    outcome: 'fail',
    reason: 'the member is not primary, and the command did not say that a secondary would do',
    source: 'error_codes.yml, NotPrimaryNoSecondaryOk; service_entry_point_common.cpp, before the command runs',
  },
  {
    code: 13436,
    outcome: 'fail',
    reason: 'the member is starting or recovering, and carries out nothing',
    source: 'error_codes.yml, NotPrimaryOrSecondary; service_entry_point_common.cpp, before the command runs',
  },
  {
    code: 13,
    outcome: 'fail',
    reason: 'the connection may not run the command',
    source: 'error_codes.yml, Unauthorized; commands.cpp, checkAuthorization, before the command runs',
  },
  {
    code: 189,
    outcome: 'info',
    reason: 'the primary stepped down while the command ran: it may have been carried out',
    source: 'error_codes.yml, PrimarySteppedDown',
  },
  {
    code: 11602,
    outcome: 'info',
    reason: 'the primary stepped down while the write waited for its write concern: another may take it back',
    source: 'error_codes.yml, InterruptedDueToReplStateChange',
  },
  {
    code: 91,
    outcome: 'info',
    reason: 'the member is shutting down: it may have been carried out before',
    source: 'error_codes.yml, ShutdownInProgress',
  },
  {
    code: 11600,
    outcome: 'info',
    reason: 'the command was interrupted by a shutdown: it may have been carried out before',
    source: 'error_codes.yml, InterruptedAtShutdown',
  },
  {
    code: 50,
    outcome: 'info',
    reason: 'the command took longer than it might: it may have been carried out before',
    source: 'error_codes.yml, MaxTimeMSExpired',
  },
  {
    code: 64,
    outcome: 'info',
    reason: 'the primary has the write, its write concern was not satisfied in time',
    source: 'manual, Write Concern, wtimeout: "does not undo successful data modifications"',
  },
  {
    code: 79,
    outcome: 'info',
    reason: 'the primary has the write, and does not know the write concern',
    source: 'error_codes.yml, UnknownReplWriteConcern (a write concern error)',
  },
  {
    code: 100,
    outcome: 'info',
    reason: 'the primary has the write, its write concern cannot be satisfied by so few members',
    source: 'error_codes.yml, UnsatisfiableWriteConcern (a write concern error)',
  },
];

/** The outcome of an operation that ended in `error`. */
export function classify(error: unknown, stage: Stage): Outcome & { readonly type: 'fail' | 'info' } {
  const message = messageOf(error);
  if (stage === 'before') return { type: 'fail', error: message };
  const row = error instanceof ServerError ? ERRORS.find(({ code }) => code === error.code) : undefined;
  return { type: row?.outcome ?? 'info', error: message };
}

/** Another insert of the same document was quicker: the collection is as it was (error_codes.yml, DuplicateKey). */
export const DUPLICATE_KEY = 11000;

/**
 * Whether what the driver has got for a command that it had sent says that the server did nothing: an error reply in whose row
 * `fail` stands, or that another insert was quicker. No lost connection does, and no write concern error.
 */
export function isRefusal(error: unknown): boolean {
  const given = codeOf(error);
  return given === DUPLICATE_KEY || ERRORS.some(({ code, outcome }) => outcome === 'fail' && code === given);
}

/** The code of an error reply as the driver throws it; undefined for everything else it throws, its write concern errors too. */
export function codeOf(error: unknown): number | undefined {
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === 'MongoServerError' && typeof code === 'number' ? code : undefined;
}
