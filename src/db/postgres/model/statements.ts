import type { Connection } from '../../../contract/index.ts';
import type { Answer, Answers } from '../session.ts';
import type { Row } from './rows.ts';
import { type Shared, Work } from './work.ts';

type Done = (answer: Answer) => void;
type CarryOut = (work: Work, done: Done, ...parts: string[]) => void;

/** What the clients say (`../client-*.ts`), word by word: this is no SQL. A bigint is answered as text, as npm's `pg` gives it. */
const STATEMENTS: readonly (readonly [RegExp, CarryOut])[] = [
  [/^SELECT pg_is_in_recovery\(\)$/, (_, done) => done(selected([[false]]))],
  [
    /^INSERT INTO (queue|messages) \([\w, ]+\) VALUES \((-?\d+(?:, -?\d+)*)\)$/,
    (work, done, table, values) => {
      work.insert(table as string, (values as string).split(', ').map(Number));
      done({ command: 'INSERT', count: 1, rows: [] });
    },
  ],
  [
    /^DELETE FROM queue WHERE id = \(SELECT id FROM queue ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED\) RETURNING element$/,
    (work, done) => {
      const oldest = work.oldestUnlocked('queue');
      work.delete('queue', oldest === undefined ? [] : [oldest], (rows) => done(deleted(rows, ({ values }) => values)));
    },
  ],
  [
    /^WITH taken AS \(DELETE FROM queue RETURNING id, element\) SELECT element FROM taken ORDER BY id$/,
    (work, done) =>
      work.delete('queue', work.rows('queue'), (rows) => done(selected(rows.map(({ values }) => values)))),
  ],
  [
    /^DELETE FROM messages WHERE id IN \((NULL|\d+(?:,\d+)*)\)$/,
    (work, done, list) => {
      // NULL is the number of no row.
      const ids = new Set((list as string).split(',').map(Number));
      const those = work.rows('messages').filter(({ id }) => ids.has(id));
      work.delete('messages', those, (rows) => done(deleted(rows, () => [])));
    },
  ],
  [
    /^SELECT id, sender, n FROM messages ORDER BY id$/,
    (work, done) => done(selected(work.rows('messages').map(({ id, values }) => [String(id), ...values]))),
  ],
  [
    /^SELECT CASE WHEN pg_try_advisory_lock\((\d+)\) THEN nextval\('(\w+)'\) END$/,
    (work, done, key, sequence) =>
      done(selected([[work.tryLock(Number(key)) ? String(work.nextValue(sequence as string)) : null]])),
  ],
  [/^SELECT pg_advisory_unlock\((\d+)\)$/, (work, done, key) => done(selected([[work.unlock(Number(key))]]))],
  [
    /^SELECT nextval\('(\w+)'\)$/,
    (work, done, sequence) => done(selected([[String(work.nextValue(sequence as string))]])),
  ],
  [
    /^SELECT value FROM registers WHERE key = (-?\d+)$/,
    (work, done, key) => {
      const value = work.number(`registers ${key}`);
      done(selected(value === null ? [] : [[value]]));
    },
  ],
  [
    /^INSERT INTO registers \(key, value\) VALUES \((-?\d+), (-?\d+)\) ON CONFLICT \(key\) DO UPDATE SET value = excluded\.value$/,
    (work, done, key, value) =>
      work.update(
        `registers ${key}`,
        () => Number(value),
        () => done({ command: 'INSERT', count: 1, rows: [] }),
      ),
  ],
  [
    /^UPDATE registers SET value = (-?\d+) WHERE key = (-?\d+) AND value = (-?\d+)$/,
    (work, done, to, key, from) =>
      work.update(
        `registers ${key}`,
        (value) => (value === Number(from) ? Number(to) : undefined),
        (value) => done(updated(value)),
      ),
  ],
  [
    /^SELECT n FROM numbers WHERE name = '(\w+)'$/,
    (work, done, name) => done(selected([[String(work.number(`numbers ${name}`) ?? 0)]])),
  ],
  [
    /^UPDATE numbers SET n = n \+ (-?\d+) WHERE name = '(\w+)'(?: RETURNING n)?$/,
    (work, done, amount, name) =>
      work.update(
        `numbers ${name}`,
        (value) => (value ?? 0) + Number(amount),
        (value) => done(updated(value)),
      ),
  ],
];

/** Carries out what a client has sent in one text, in one transaction. @throws where a statement is none of those. */
export function query(shared: Shared, client: Connection, text: string, done: (answers: Answers) => void): void {
  const work = new Work(shared, client);
  const answers: Answer[] = [];
  const statements = text.split('; ');
  const goOn = (): void => {
    const statement = statements.shift();
    if (statement === undefined) work.end(() => done({ answers, warning: undefined }));
    else
      carryOut(statement, work, (answer) => {
        answers.push(answer);
        goOn();
      });
  };
  goOn();
}

function carryOut(statement: string, work: Work, done: Done): void {
  for (const [form, carry] of STATEMENTS) {
    const parts = form.exec(statement);
    if (parts !== null) {
      carry(work, done, ...parts.slice(1));
      return;
    }
  }
  throw new Error(`the simulated server does not know the statement "${statement}"`);
}

const selected = (rows: Answer['rows']): Answer => ({ command: 'SELECT', count: rows.length, rows });

const deleted = (rows: readonly Row[], returning: (row: Row) => readonly number[]): Answer => ({
  ...{ command: 'DELETE', count: rows.length, rows: rows.map(returning) },
});

/** With the new number, whether or not it was asked for. */
const updated = (value: number | undefined): Answer => ({
  ...{ command: 'UPDATE', count: value === undefined ? 0 : 1, rows: value === undefined ? [] : [[String(value)]] },
});
