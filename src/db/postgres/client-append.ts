import type { Outcome } from '../../contract/index.ts';
import { classify, SqlError } from './errors.ts';
import { last, type Operation, type Session } from './session.ts';

type MicroOp = readonly ['append', number, number] | readonly ['r', number, null];

/**
 * Transactions on lists, each a row:
 *
 *     {f: 'txn', value: [['append', 1, 5], ['r', 1, null]]}  ok value: the same, with the lists read
 */
export const append = {
  /** Until its COMMIT is sent, a transaction has not happened, and never will: the server rolls back what is left open. */
  async txn(session: Session, ops: readonly MicroOp[]): Promise<Outcome> {
    const connection = await session.primary();
    try {
      await session.ask(connection, 'BEGIN');
      const value: unknown[] = [];
      for (const op of ops) {
        const [kind, key, element] = op;
        const { answers } = await session.ask(connection, kind === 'append' ? appendTo(key, element) : select(key));
        value.push(kind === 'append' ? op : ['r', key, last(answers).rows[0]?.[0] ?? []]);
      }
      if (ops.some(([kind]) => kind === 'append')) session.stage = 'sent';
      const { command } = await session.commit(connection, 'COMMIT');
      if (command === 'COMMIT') return { type: 'ok', value };
      return { type: 'fail', error: `the server answered ${command} to COMMIT` };
    } catch (error) {
      if (!(error instanceof SqlError) || !connection.open) throw error;
      // The server has rolled it back already, or does so now; the connection is as good as before.
      const outcome = classify(error, session.stage);
      if (outcome.type === 'info') throw error;
      await session.ask(connection, 'ROLLBACK').catch(() => session.forget());
      return outcome;
    }
  },
} satisfies Record<string, Operation>;

function appendTo(key: number, element: number): string {
  const added = `INSERT INTO lists (key, elements) VALUES (${key}, ARRAY[${element}])`;
  return `${added} ON CONFLICT (key) DO UPDATE SET elements = lists.elements || excluded.elements`;
}

function select(key: number): string {
  return `SELECT elements FROM lists WHERE key = ${key}`;
}
