/**
 * How a request ends for its operation. `fail` only where nothing can have been sent, or where the plan's author says that a
 * status guarantees that nothing happened. A read changes nothing: what is not ok has failed.
 */
import { messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../contract/index.ts';
import { HttpError } from '../client-http.ts';

export type Failure = Outcome & { readonly type: 'fail' | 'info' };

export interface ErrorRow {
  readonly what: string;
  readonly write: 'fail' | 'info';
  readonly read: 'fail';
  readonly reason: string;
}

export const ERRORS = {
  unsent: {
    what: 'there was no connection, or no node that says it is the primary',
    write: 'fail',
    read: 'fail',
    reason: 'no byte of the request has left (client-http.ts: HttpError.sent)',
  },
  lost: {
    what: 'the connection was lost, or the client closed, before the whole answer was there',
    write: 'info',
    read: 'fail',
    reason: 'no answer is no information',
  },
  refused: {
    what: 'a status under `fail`',
    write: 'fail',
    read: 'fail',
    reason: 'the author of the plan says that nothing has happened, and that nothing will',
  },
  unlisted: {
    what: 'a status that is listed nowhere',
    write: 'info',
    read: 'fail',
    reason: 'nobody has said what it means: a proxy may have given up waiting for a service that went on',
  },
  unreadable: {
    what: 'a status under `ok`, but the body is not as the plan describes it (reads only)',
    write: 'info',
    read: 'fail',
    reason: 'what was read is not known',
  },
  thrown: {
    what: 'anything else that is thrown',
    write: 'info',
    read: 'fail',
    reason: 'an error that is in no row says nothing',
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export function failure(row: keyof typeof ERRORS, kind: 'read' | 'write', error: string): Failure {
  return { type: ERRORS[row][kind], error };
}

/** The outcome of a request that has no answer. */
export function classify(error: unknown, kind: 'read' | 'write'): Failure {
  const row = error instanceof HttpError ? (error.sent ? 'lost' : 'unsent') : 'thrown';
  return failure(row, kind, messageOf(error));
}
