/**
 * What an error means for the operation. `fail` only where Redis guarantees that nothing happened: it refused
 * the command before carrying it out, or never got it. What is in no row is `info`.
 */
import { messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../contract/index.ts';

/**
 * How far the operation had come: `before` anything that writes was sent (so is every read, for a read changes
 * nothing), `sent`, or `after` the write itself was acknowledged and only WAIT was left.
 */
export type Stage = 'before' | 'sent' | 'after';

export interface ErrorRow {
  /** The beginning of Redis's error reply, or of the driver's message. */
  readonly code: string;
  readonly stage: Stage;
  readonly outcome: 'fail' | 'info';
  readonly reason: string;
  /** Where that is written: Redis 7.0's sources, or ioredis 6. */
  readonly source: string;
}

const refused = (code: string, reason: string, source = 'server.c, processCommand'): ErrorRow => ({
  code,
  stage: 'sent',
  outcome: 'fail',
  reason,
  source,
});

/** A row for each error that is known; a code that is empty stands for any error at that stage. */
export const ERRORS: readonly ErrorRow[] = [
  refused('READONLY', 'a replica refuses writes'),
  refused('NOREPLICAS', 'fewer replicas than min-replicas-to-write asks for'),
  refused('LOADING', 'the server is still reading its data from disk'),
  refused('MASTERDOWN', 'a replica without its primary, and replica-serve-stale-data is off'),
  refused('OOM', 'over maxmemory, and nothing may be evicted'),
  refused('MISCONF', 'the last snapshot or log write failed, and the server stops writes then'),
  refused('NOAUTH', 'the connection has not given a password'),
  refused('NOPERM', 'the user may not run the command'),
  refused('BUSY', 'a script is running'),
  refused('CLUSTERDOWN', 'a server in cluster mode that serves no slots'),
  refused('WRONGTYPE', 'the key holds another type', 't_set.c, saddCommand: checked before the first element'),
  refused(
    'ERR max number of clients reached',
    'the server closed the connection unread',
    'networking.c, acceptCommonHandler',
  ),
  refused(
    "Stream isn't writeable",
    'the driver found the connection closed and wrote nothing',
    'ioredis Redis.js, sendCommand',
  ),
  {
    code: '',
    stage: 'sent',
    outcome: 'info',
    reason: 'the connection was lost, or the error is unknown, after the command was sent',
    source: 'no answer is no information',
  },
  {
    code: '',
    stage: 'before',
    outcome: 'fail',
    reason: 'no connection, no login, or no primary: nothing that writes was sent',
    source: 'client.ts: a write is sent last',
  },
  {
    code: '',
    stage: 'after',
    outcome: 'info',
    reason: 'the primary has the write; how many replicas have it is unknown (UNBLOCKED: it was demoted meanwhile)',
    source: 'replication.c, waitCommand; blocked.c, disconnectAllBlockedClients',
  },
];

/** The outcome of an operation that ended in `error`. */
export function classify(error: unknown, stage: Stage): Outcome & { readonly type: 'fail' | 'info' } {
  const message = messageOf(error);
  const row = ERRORS.find(({ code, stage: at }) => at === stage && startsWithWord(message, code));
  return { type: row?.outcome ?? 'info', error: message };
}

/** BUSY must not be taken for BUSYKEY, nor the empty code for none. */
function startsWithWord(message: string, code: string): boolean {
  return code === '' || (message.startsWith(code) && !/^\w/.test(message.slice(code.length)));
}
