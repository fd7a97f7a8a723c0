import type { Outcome } from '../../contract/index.ts';
import type { Answer, Operation, Session } from './session.ts';

/** Passes over rows that other consumers are about to take (manual, SELECT, The Locking Clause: "multiple consumers accessing a queue-like table"). */
const OLDEST = 'SELECT id FROM queue ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED';

/**
 * A queue: a row for each element, numbered as they were inserted, which is not always the order in which they were committed.
 *
 *     {f: 'enqueue', value: 5}      INSERT
 *     {f: 'dequeue', value: null}   ok value: an element whose row is deleted, the oldest that nobody else is at; fail where there is none
 *     {f: 'drain', value: null}     ok value: all that was there, deleted at once
 */
export const queue = {
  async enqueue(session: Session, element: number): Promise<Outcome> {
    await session.change(`INSERT INTO queue (element) VALUES (${element})`);
    return { type: 'ok' };
  },

  async dequeue(session: Session, _value: null): Promise<Outcome> {
    const { rows } = await session.change(`DELETE FROM queue WHERE id = (${OLDEST}) RETURNING element`);
    if (rows.length === 0) return { type: 'fail', error: 'there is no element that nobody else is taking' };
    return { type: 'ok', value: rows[0]?.[0] };
  },

  async drain(session: Session, _value: null): Promise<Outcome> {
    const taken = 'WITH taken AS (DELETE FROM queue RETURNING id, element)';
    return { type: 'ok', value: column(await session.change(`${taken} SELECT element FROM taken ORDER BY id`)) };
  },
} satisfies Record<string, Operation>;

const column = ({ rows }: Answer) => rows.map(([value]) => value);
