/**
 * What an error means for the operation. `fail` only where Riak guarantees that nothing was written: it refused the
 * request before any vnode got it. What is in no row is `info`.
 */
import { messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../contract/index.ts';

/** How far the operation had come: `before` any write was sent (so is every read), or `sent`. */
export type Stage = 'before' | 'sent';

/**
 * An error that a node answered: as the protocol buffers interface words it (the model: `{pw_val_unsatisfied,2,1}`), or by HTTP,
 * its status and text (`503 PW-value unsatisfied: 1/2`).
 */
export class RiakError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RiakError';
  }
}

export interface ErrorRow {
  /** The beginning of the error, as Riak calls it inside; the model says so, and real nodes where HTTP has no words. */
  readonly code: string;
  /** The beginning of the HTTP answer; letters may be large or small. None: it is not known by HTTP, and so `info`. */
  readonly http?: string;
  readonly outcome: 'fail' | 'info';
  readonly reason: string;
  /** Where that is written: Riak's sources, of 1.3 and since; the words of HTTP: riak_kv_wm_object.erl, handle_common_error. */
  readonly source: string;
}

/** A row for each error that is known, for a write that was sent once. */
export const ERRORS: readonly ErrorRow[] = [
  {
    code: '{n_val_violation,',
    http: '400 Specified w/dw/pw',
    outcome: 'fail',
    reason: 'the quorum asked for is larger than n_val; checked before any vnode is asked',
    source: 'riak_kv_put_fsm.erl, validate',
  },
  {
    code: '{insufficient_vnodes,',
    // Not by HTTP: since 1.4 a node that has heard nothing of who coordinates its write tries another one
    // (retry_put_coordinator_failure), and says what came of the second.
    outcome: 'fail',
    reason: 'fewer vnodes are up than the quorums need; checked before any vnode is asked',
    source: 'riak_kv_put_fsm.erl, validate',
  },
  {
    code: 'bucket_type_unknown',
    http: '404 Unknown bucket type',
    outcome: 'fail',
    reason: 'there is no such bucket type, or it is not active; looked up before the write is begun',
    source: 'riak_kv_wm_object.erl, validate_bucket_type; riak_kv_wm_crdt.erl, forbidden_check_bucket_type',
  },
  {
    code: 'forbidden',
    http: '403 ',
    outcome: 'fail',
    reason: 'not allowed, or not what the bucket type takes; found out before the write is begun (there are no hooks)',
    source: 'riak_kv_wm_object.erl, forbidden; riak_kv_wm_crdt.erl, forbidden_check_crdt_type',
  },
  {
    code: '{pw_val_unsatisfied,',
    http: '503 PW-value unsatisfied',
    outcome: 'info',
    reason:
      'too few primaries: refused before anything was written, or found out after some vnodes had written it; the words are the same',
    source: 'riak_kv_put_fsm.erl, validate; riak_kv_put_core.erl, response',
  },
  {
    code: '{w_val_unsatisfied,',
    http: '503 Too many write failures',
    outcome: 'info',
    reason: 'too many vnodes failed; the others have written it',
    source: 'riak_kv_put_core.erl, response (by HTTP: too_many_fails)',
  },
  {
    code: '{dw_val_unsatisfied,',
    http: '503 DW-value unsatisfied',
    outcome: 'info',
    reason: 'too many vnodes failed to store it; the others have written it',
    source: 'riak_kv_put_core.erl, response',
  },
  {
    code: 'timeout',
    http: '503 request timed out',
    outcome: 'info',
    reason: 'too few vnodes answered in time; those that got it have written it, and some may get it later',
    source: 'riak_kv_put_fsm.erl, waiting_remote_vnode; riak_client.erl, recv_timeout',
  },
];

/** The outcome of an operation that ended in `error`. `sent`: how often its write was sent. */
export function classify(error: unknown, stage: Stage, sent: number): Outcome & { readonly type: 'fail' | 'info' } {
  const message = messageOf(error);
  if (stage === 'before') return { type: 'fail', error: message };
  const row = error instanceof RiakError ? ERRORS.find((row) => isOf(row, message)) : undefined;
  // What becomes of a second try says nothing of a first that had no answer.
  return { type: sent > 1 ? 'info' : (row?.outcome ?? 'info'), error: message };
}

/** Whether the server has given up waiting for its vnodes: what a library sends again. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof RiakError && TIMED_OUT.some((row) => isOf(row, error.message));

const TIMED_OUT = ERRORS.filter(({ code }) => code === 'timeout');

const isOf = ({ code, http }: ErrorRow, message: string) =>
  message.startsWith(code) || (http !== undefined && message.toLowerCase().startsWith(http.toLowerCase()));
