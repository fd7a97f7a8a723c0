import type { Outcome } from '../../contract/index.ts';
import type { Answer, Operation, Session } from './session.ts';

/**
 * A counter, a row that begins at 0:
 *
 *     {f: 'add', value: -3}      UPDATE ... SET n = n + -3
 *     {f: 'read', value: null}   ok value: the sum
 */
export const counter = {
  async add(session: Session, amount: number): Promise<Outcome> {
    await session.change(`UPDATE numbers SET n = n + ${amount} WHERE name = 'counter'`);
    return { type: 'ok' };
  },

  async read(session: Session, _value: null): Promise<Outcome> {
    return { type: 'ok', value: only(await session.read("SELECT n FROM numbers WHERE name = 'counter'")) };
  },
} satisfies Record<string, Operation>;

/**
 * A number that only grows, a row that begins at 0:
 *
 *     {f: 'increment', value: null}   UPDATE ... SET n = n + 1 RETURNING n; ok value: the new number
 *     {f: 'read', value: null}        ok value: the number
 */
export const monotonic = {
  async increment(session: Session, _value: null): Promise<Outcome> {
    const answer = await session.change("UPDATE numbers SET n = n + 1 WHERE name = 'monotonic' RETURNING n");
    return { type: 'ok', value: only(answer) };
  },

  async read(session: Session, _value: null): Promise<Outcome> {
    return { type: 'ok', value: only(await session.read("SELECT n FROM numbers WHERE name = 'monotonic'")) };
  },
} satisfies Record<string, Operation>;

/**
 * Ids from a sequence, which gives none twice, and takes none back (manual, 9.17, Sequence Manipulation Functions):
 *
 *     {f: 'generate', value: null}   SELECT nextval('ids'); ok value: the id
 */
export const uniqueIds = {
  async generate(session: Session, _value: null): Promise<Outcome> {
    return { type: 'ok', value: only(await session.change("SELECT nextval('ids')")) };
  },
} satisfies Record<string, Operation>;

/** A bigint comes as text. */
const only = ({ rows }: Answer) => Number(rows[0]?.[0]);
