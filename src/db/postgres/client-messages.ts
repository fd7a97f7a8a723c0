import type { Outcome } from '../../contract/index.ts';
import { last, type Operation, type Session } from './session.ts';

/**
 * Messages: a row for each. Who receives them deletes what he has received before, and reads what is left: to read only what has a
 * greater number than the last would pass over a row that was numbered earlier and is committed later.
 *
 *     {f: 'send', value: [3, 0]}     INSERT
 *     {f: 'receive', value: null}    ok value: all that have come and were not received, as [sender, n], as they were numbered
 *     {f: 'drain', value: null}      the same
 *
 * A receive takes nothing away that has not arrived, so it only ever fails.
 */
export const messages = {
  async send(session: Session, [sender, n]: [number, number]): Promise<Outcome> {
    await session.change(`INSERT INTO messages (sender, n) VALUES (${sender}, ${n})`);
    return { type: 'ok' };
  },

  receive,
  drain: receive,
} satisfies Record<string, Operation>;

async function receive(session: Session, _value: null): Promise<Outcome> {
  const { mailbox } = session;
  const received = mailbox.received() ?? [];
  const connection = await session.primary();
  const { answers } = await session.ask(
    connection,
    `DELETE FROM messages WHERE id IN (${received.join() || 'NULL'}); SELECT id, sender, n FROM messages ORDER BY id`,
  );
  const { rows } = last(answers);
  mailbox.gives(rows.map(([id]) => Number(id)));
  return { type: 'ok', value: rows.map(([, sender, n]) => [sender, n]) };
}
