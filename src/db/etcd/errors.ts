/**
 * What an error means for the operation. `fail` only where etcd guarantees that nothing happened: it refused the request
 * before it proposed anything to Raft, or before it carried out any of it, or never got it. What is in no row is `info`.
 */
import { messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../contract/index.ts';
import { HttpError } from '../client-http.ts';

/** etcd answered, and it is no result: the gateway's JSON, with gRPC's code. */
export class EtcdError extends Error {
  readonly code: number | undefined;
  constructor(message: string, code?: number) {
    super(message);
    this.name = 'EtcdError';
    this.code = code;
  }
}

/**
 * How far the request had come: `before` it was sent, `sent`, or a `read`, which changes nothing however it ends.
 */
export type Stage = 'before' | 'sent' | 'read';

export interface ErrorRow {
  /** etcd's whole message; empty for any error. */
  readonly message: string;
  readonly stage: Stage;
  readonly outcome: 'fail' | 'info';
  readonly reason: string;
  /** Where that is written: etcd 3.4's sources. */
  readonly source: string;
}

const refused = (message: string, reason: string, source: string): ErrorRow => ({
  ...{ message, stage: 'sent', outcome: 'fail', reason, source },
});

const unknown = (message: string, reason: string, source: string): ErrorRow => ({
  ...{ message, stage: 'sent', outcome: 'info', reason, source },
});

const PROPOSE = 'etcdserver/v3_server.go, processInternalRaftRequestOnce';

/** A row for each error that is known. The first that fits decides. */
export const ERRORS: readonly ErrorRow[] = [
  refused(
    'etcdserver: no leader',
    'the member knows no leader, and the request asked for one',
    'etcdserver/api/v3rpc/interceptor.go, newUnaryInterceptor: before the request is handled',
  ),
  refused(
    'etcdserver: not capable',
    'the cluster has not agreed on its version yet',
    'etcdserver/api/v3rpc/interceptor.go, newUnaryInterceptor: before the request is handled',
  ),
  refused('etcdserver: too many requests', 'too much is committed and not applied yet', `${PROPOSE}: before Propose`),
  refused('etcdserver: request is too large', 'over --max-request-bytes', `${PROPOSE}: before Propose`),
  refused(
    'etcdserver: requested lease not found',
    'the lease has ended before anything was put under it',
    'etcdserver/apply.go, checkRequestPut: the requests of a transaction are checked before the first is carried out',
  ),
  refused(
    'raft proposal dropped',
    'this member cannot propose now: it hands over its leadership, or has just lost its leader',
    'raft/raft.go, stepLeader, stepCandidate, stepFollower: ErrProposalDropped comes before the entry is appended or sent on; what the leader drops of a follower, that one does not learn (it times out)',
  ),
  unknown(
    'etcdserver: mvcc: database space exceeded',
    'it may have been refused, or written beyond the quota',
    'etcdserver/apply.go, quotaApplierV3: writes, and then answers so',
  ),
  unknown('etcdserver: request timed out', 'proposed, and not applied in time', PROPOSE),
  unknown(
    'etcdserver: request timed out, possibly due to previous leader failure',
    'proposed to a leader that was lost',
    'etcdserver/util.go, parseProposeCtxErr',
  ),
  unknown(
    'etcdserver: request timed out, possibly due to connection lost',
    'proposed, and too few members were to be reached',
    'etcdserver/util.go, parseProposeCtxErr',
  ),
  unknown(
    'context deadline exceeded',
    'Propose itself did not end in time: mostly there was no leader to propose to, but it may be under way',
    'raft/node.go, stepWithWaitOption',
  ),
  unknown('etcdserver: server stopped', 'the member ends, the proposal may live on', PROPOSE),
  unknown(
    'etcdserver: leader changed',
    'said of reads that waited for a leader; of a write it would say nothing',
    'etcdserver/v3_server.go, linearizableReadLoop',
  ),
  {
    ...{ message: '', stage: 'before', outcome: 'fail' },
    reason: 'there was no connection: nothing was sent',
    source: 'client-http.ts, HttpError.sent',
  },
  {
    ...{ message: '', stage: 'sent', outcome: 'info' },
    reason: 'the connection was lost, no answer came in time, or the answer is unknown, after the request was sent',
    source: 'no answer is no information',
  },
  { ...{ message: '', stage: 'read', outcome: 'fail' }, reason: 'a read changes nothing', source: 'by its nature' },
];

/** The outcome of a request that ended in `error`; `writes`: it could have changed something. */
export function classify(error: unknown, writes: boolean): Outcome & { readonly type: 'fail' | 'info' } {
  const message = messageOf(error);
  const row = ERRORS.find((row) => row.stage === stageOf(error, writes) && [message, ''].includes(row.message));
  return { type: row?.outcome ?? 'info', error: message };
}

function stageOf(error: unknown, writes: boolean): Stage {
  if (!writes) return 'read';
  return error instanceof HttpError && !error.sent ? 'before' : 'sent';
}
