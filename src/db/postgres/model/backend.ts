import { assert } from '../../../base/assert.ts';
import type { Connection, Handler, SimProcess, Timer } from '../../../contract/index.ts';
import { elementOf } from '../txid.ts';
import type { Database } from './database.ts';
import { query } from './statements.ts';
import type { InsertReply, QueryReply, Refusal, Request, SelectAllReply, SelectReply, Statement } from './wire.ts';

/** How long a client may take to log in (authentication_timeout). */
const AUTHENTICATION_MS = 60_000;

/** What a backend needs of the server that has started it. */
export interface Postmaster {
  readonly process: SimProcess;
  readonly database: Database | undefined;
  /** A place among max_connections, or why there is none. */
  admit(): Refusal | undefined;
  leave(): void;
}

type Reply = (answer: unknown) => void;

/** A backend: a client's connection, one statement at a time (postgres.c, PostgresMain). */
export class Backend implements Handler {
  readonly #postmaster: Postmaster;
  readonly #connection: Connection;
  readonly #loginTimer: Timer;
  #state: 'new' | 'admitted' | 'ready' | 'gone' = 'new';
  #busy = false;
  #goodbye = false;
  /** What the last statement has committed. */
  #committed: number | undefined;

  constructor(postmaster: Postmaster, connection: Connection) {
    this.#postmaster = postmaster;
    this.#connection = connection;
    this.#loginTimer = postmaster.process.after(AUTHENTICATION_MS, () => {
      connection.close();
      this.#leave();
    });
  }

  asked(request: unknown, reply: Reply): void {
    const asked = request as Request;
    if (asked.do === 'startup') this.#startUp(reply);
    else if (asked.do === 'password') this.#logIn(reply);
    else this.#execute(asked, reply);
  }

  message(): void {
    this.#goodbye = true;
  }

  /**
   * The client has gone. A backend hears of it when it reads the next statement; the one that it is at it carries out and
   * commits, whoever may want to know.
   */
  ended(): void {
    const { process } = this.#postmaster;
    const element = this.#committed;
    if (!this.#goodbye && !this.#busy && element !== undefined) {
      const words = () =>
        `${process.node} finds that ${this.#connection.peer} has gone without a goodbye: it may not know that ${element} is committed`;
      process.detail('unheard', words, [element]);
    }
    if (!this.#busy) this.#leave();
  }

  #startUp(reply: Reply): void {
    const refusal = this.#postmaster.admit();
    if (refusal === undefined) {
      this.#state = 'admitted';
      reply('authenticate');
      return;
    }
    const { process } = this.#postmaster;
    process.detail('refuse', () => `${process.node} refuses ${this.#connection.peer}: ${refusal.message}`);
    reply(refusal);
    this.#connection.close();
    this.#leave();
  }

  #logIn(reply: Reply): void {
    assert(this.#state === 'admitted', 'a client that logs in has been admitted');
    this.#loginTimer.cancel();
    this.#state = 'ready';
    reply('ready');
  }

  #execute(statement: Statement, reply: Reply): void {
    const { database } = this.#postmaster;
    assert(this.#state === 'ready' && database !== undefined, 'who asks for something has logged in');
    assert(!this.#busy, 'a client asks for one thing at a time');
    this.#committed = undefined;
    switch (statement.do) {
      case 'select': {
        const row = database.table.find(statement.txid);
        reply({ row: row && { element: row.element } } satisfies SelectReply);
        return;
      }
      case 'select-all':
        reply({ elements: [...database.table.elements] } satisfies SelectAllReply);
        return;
      case 'insert':
        this.#busy = true;
        database.insert(statement, this.#connection, (rows) => {
          if (rows === 1 && statement.element !== null) this.#committed = elementOf(statement.txid);
          this.#answer({ rows } satisfies InsertReply, reply);
        });
        return;
      case 'query':
        this.#busy = true;
        query(database, this.#connection, statement.text, (answers) =>
          this.#answer(answers satisfies QueryReply, reply),
        );
    }
  }

  /** The statement that it was busy with is over. */
  #answer(answer: object, reply: Reply): void {
    this.#busy = false;
    reply(answer);
    if (!this.#connection.open) this.#leave();
  }

  #leave(): void {
    this.#loginTimer.cancel();
    if (this.#state === 'admitted' || this.#state === 'ready') this.#postmaster.leave();
    this.#unlock();
    this.#state = 'gone';
  }

  /** The session is over, and its locks with it (postinit.c, ShutdownPostgres: LockReleaseAll). */
  #unlock(): void {
    const { process, database } = this.#postmaster;
    if (!database?.locks.end(this.#connection)) return;
    const words = () => `${process.node} has the locks of ${this.#connection.peer} back: its session is over`;
    process.detail('unlock', words);
  }
}
