import type { Outcome } from '../../contract/index.ts';
import type { Answer, Operation, Session } from './session.ts';

/**
 * Registers, each a row. A transaction is one statement, and one statement is enough: where another transaction has changed
 * the row meanwhile, an UPDATE waits for its end and looks at its WHERE again (manual, 13.2.1, Read Committed); at the
 * stricter levels it is refused (40001).
 *
 *     {f: 'read', value: [3, null]}    ok value: [3, its value at the primary, or null where there is none]
 *     {f: 'read-node', value: [3, ['n2', null]]}   ok value: [3, ['n2', that server's own value]]
 *     {f: 'write', value: [3, 1]}      INSERT ... ON CONFLICT (key) DO UPDATE
 *     {f: 'cas', value: [3, [1, 2]]}   UPDATE ... WHERE value = 1; fail where that is no row
 */
export const register = {
  async read(session: Session, [key]: [number, null]): Promise<Outcome> {
    return { type: 'ok', value: [key, held(await session.read(select(key)))] };
  },

  async 'read-node'(session: Session, [key, [node]]: [number, [string, null]]): Promise<Outcome> {
    return { type: 'ok', value: [key, [node, held(await session.readNode(node, select(key)))]] };
  },

  async write(session: Session, [key, value]: [number, number]): Promise<Outcome> {
    const insert = `INSERT INTO registers (key, value) VALUES (${key}, ${value})`;
    await session.change(`${insert} ON CONFLICT (key) DO UPDATE SET value = excluded.value`);
    return { type: 'ok' };
  },

  async cas(session: Session, [key, [from, to]]: [number, [number, number]]): Promise<Outcome> {
    const { count } = await session.change(`UPDATE registers SET value = ${to} WHERE key = ${key} AND value = ${from}`);
    return count === 1 ? { type: 'ok' } : { type: 'fail', error: `it is not ${from}` };
  },
} satisfies Record<string, Operation>;

const select = (key: number) => `SELECT value FROM registers WHERE key = ${key}`;
const held = ({ rows }: Answer) => (rows[0]?.[0] as number | undefined) ?? null;
