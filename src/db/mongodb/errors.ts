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

/** A row for each reply that is known, for a write that was sent. */
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
    code: 64,
    outcome: 'info',
    reason: 'the primary has the write, its write concern was not satisfied in time',
    source: 'manual, Write Concern, wtimeout: "does not undo successful data modifications"',
  },
];

/** The outcome of an operation that ended in `error`. */
export function classify(error: unknown, stage: Stage): Outcome & { readonly type: 'fail' | 'info' } {
  const message = messageOf(error);
  if (stage === 'before') return { type: 'fail', error: message };
  const row = error instanceof ServerError ? ERRORS.find(({ code }) => code === error.code) : undefined;
  return { type: row?.outcome ?? 'info', error: message };
}
