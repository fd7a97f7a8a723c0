/**
 * What an error means for the operation. `fail` only where Riak guarantees that nothing was written: it refused the
 * request before any vnode got it. What is in no row is `info`.
 */
import { messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../contract/index.ts';

/** How far the operation had come: `before` any write was sent (so is every read), or `sent`. */
export type Stage = 'before' | 'sent';

/** An error that a node answered, worded as the protocol buffers interface words it. */
export class RiakError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RiakError';
  }
}

export interface ErrorRow {
  /** The beginning of the error. */
  readonly code: string;
  readonly outcome: 'fail' | 'info';
  readonly reason: string;
  /** Where that is written: Riak's sources of 1.3. */
  readonly source: string;
}

/** A row for each error that is known, for a write that was sent once. */
export const ERRORS: readonly ErrorRow[] = [
  {
    code: '{n_val_violation,',
    outcome: 'fail',
    reason: 'the quorum asked for is larger than n_val; checked before any vnode is asked',
    source: 'riak_kv_put_fsm.erl, validate',
  },
  {
    code: '{insufficient_vnodes,',
    outcome: 'fail',
    reason: 'fewer vnodes are up than the quorums need; checked before any vnode is asked',
    source: 'riak_kv_put_fsm.erl, validate',
  },
  {
    code: '{pw_val_unsatisfied,',
    outcome: 'info',
    reason:
      'too few primaries: refused before anything was written, or found out after some vnodes had written it; the words are the same',
    source: 'riak_kv_put_fsm.erl, validate; riak_kv_put_core.erl, response',
  },
  {
    code: '{w_val_unsatisfied,',
    outcome: 'info',
    reason: 'too many vnodes failed; the others have written it',
    source: 'riak_kv_put_core.erl, response',
  },
  {
    code: '{dw_val_unsatisfied,',
    outcome: 'info',
    reason: 'too many vnodes failed to store it; the others have written it',
    source: 'riak_kv_put_core.erl, response',
  },
  {
    code: 'timeout',
    outcome: 'info',
    reason: 'too few vnodes answered in time; those that got it have written it, and some may get it later',
    source: 'riak_kv_put_fsm.erl, waiting_remote_vnode; riak_client.erl, recv_timeout',
  },
];

/** The outcome of an operation that ended in `error`. `sent`: how often its write was sent. */
export function classify(error: unknown, stage: Stage, sent: number): Outcome & { readonly type: 'fail' | 'info' } {
  const message = messageOf(error);
  if (stage === 'before') return { type: 'fail', error: message };
  const row = error instanceof RiakError ? ERRORS.find(({ code }) => message.startsWith(code)) : undefined;
  // What becomes of a second try says nothing of a first that had no answer.
  return { type: sent > 1 ? 'info' : (row?.outcome ?? 'info'), error: message };
}
