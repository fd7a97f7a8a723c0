import type { Outcome } from '../../contract/index.ts';
import { type AnyConnection, last, type Operation, type Session } from './session.ts';

/**
 * A lock: an advisory one, which is the session's until it unlocks it or ends (manual, 13.3.5). It is in the memory of one server:
 * a standby that is promoted knows nothing of it. The fencing token is of a sequence, drawn under the lock.
 *
 *     {f: 'acquire', value: null}   ok value: the token; fail where another session has it
 *     {f: 'release', value: 17}     ok where this session had it; info where the session is over, for then the server gives it
 *                                   free by itself, when it comes to know
 */
export const lock = {
  async acquire(session: Session, _value: null): Promise<Outcome> {
    const connection = await session.primary();
    session.stage = 'sent';
    const text = "SELECT CASE WHEN pg_try_advisory_lock(1) THEN nextval('tokens') END";
    const token = (await session.commit(connection, text)).rows[0]?.[0];
    if (token === null) return { type: 'fail', error: 'another session has it' };
    HOLDERS.set(session, connection);
    return { type: 'ok', value: Number(token) };
  },

  async release(session: Session, _token: number): Promise<Outcome> {
    const holder = HOLDERS.get(session);
    if (!holder?.open) return { type: 'info', error: 'the session that had it is over, and the lock goes with it' };
    session.stage = 'sent';
    // A session that does not have it is warned, and answered false.
    const { answers } = await session.ask(holder, 'SELECT pg_advisory_unlock(1)');
    HOLDERS.delete(session);
    return last(answers).rows[0]?.[0] === true
      ? { type: 'ok' }
      : { type: 'fail', error: 'this session does not have it' };
  },
} satisfies Record<string, Operation>;

/** The connection that has the lock. */
const HOLDERS = new WeakMap<Session, AnyConnection>();
