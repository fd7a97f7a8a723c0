import type { Outcome } from '../../contract/index.ts';
import { type Answer, type AnyConnection, last, type Operation, type Session } from './session.ts';
import { txidOf } from './txid.ts';

/**
 * Operations of the set:
 *
 *     {f: 'add', value: 5}              INSERT ... ON CONFLICT DO NOTHING
 *     {f: 'verify', value: 5}           ok value: [5, whether it was and will be added]
 *     {f: 'read', value: null}          ok value: the primary's elements, sorted
 *     {f: 'read-node', value: ['n2', null]}  ok value: ['n2', that server's own elements, sorted]
 */
export const set = {
  /**
   * Adds an element, under the name of its transaction. Where that name is taken nothing is inserted, and it depends on who
   * has taken it: an earlier try, so that the element is there, or a fence, so that it will never be.
   */
  async add(session: Session, element: number): Promise<Outcome> {
    const txid = txidOf(element);
    const connection = await session.primary();
    session.stage = 'sent';
    const { count } = await session.commit(connection, insert(txid, element));
    if (count === 1 || (await isAdded(session, connection, txid))) return { type: 'ok' };
    return { type: 'fail', error: `"${txid}" was verified before it had arrived, and is not to happen any more` };
  },

  /**
   * Finds out what became of an addition, for good: the statement that adds it may still be on its way. So it puts a row of
   * the same name, a fence, where there is none, and reads what stands there: the fence waits for a commit that is under way,
   * and keeps off every one that comes later. The fence is on the disk before it is believed.
   *
   * Whatever goes wrong is a `fail`, also where the fence was sent. Who verifies does not know what became of the addition,
   * and a fence that nobody has heard of leaves it at that: added or not, it can be asked again, with the same result.
   */
  async verify(session: Session, element: number): Promise<Outcome> {
    const txid = txidOf(element);
    const connection = await session.primary();
    const fence = insert(txid, null);
    await session.commit(connection, `BEGIN; SET LOCAL synchronous_commit TO on; ${fence}; COMMIT`);
    return { type: 'ok', value: [element, await isAdded(session, connection, txid)] };
  },

  async read(session: Session, _value: null): Promise<Outcome> {
    return { type: 'ok', value: elementsOf(await session.read(SELECT_ALL)) };
  },

  async 'read-node'(session: Session, [node]: [string, null]): Promise<Outcome> {
    return { type: 'ok', value: [node, elementsOf(await session.readNode(node, SELECT_ALL))] };
  },
} satisfies Record<string, Operation>;

const SELECT_ALL = 'SELECT element FROM set_app WHERE element IS NOT NULL';

async function isAdded(session: Session, connection: AnyConnection, txid: string): Promise<boolean> {
  const { answers } = await session.ask(connection, `SELECT element FROM set_app WHERE txid = '${txid}'`);
  const row = last(answers).rows[0];
  if (row === undefined) throw new Error(`"${txid}" was there, and is not any more`);
  return row[0] !== null;
}

/** Texts are made of integers only. */
function insert(txid: string, element: number | null): string {
  return `INSERT INTO set_app (txid, element) VALUES ('${txid}', ${element ?? 'NULL'}) ON CONFLICT DO NOTHING`;
}

function elementsOf({ rows }: Answer): number[] {
  return Array.from(Float64Array.from(rows, ([element]) => element as number).sort());
}
