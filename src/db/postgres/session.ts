import type { Outcome } from '../../contract/index.ts';
import { Mailbox, type Received } from '../client-mailbox.ts';
import type { SqlError, Stage } from './errors.ts';

/** What became of a statement. */
export interface Answer {
  /** The command's tag: `INSERT`, `COMMIT`, `ROLLBACK` (also where COMMIT was asked of a transaction that had failed). */
  readonly command: string;
  /** How many rows were inserted, or read. */
  readonly count: number;
  readonly rows: readonly (readonly unknown[])[];
}

/** What came back for a text of one or more statements. */
export interface Answers {
  readonly answers: readonly Answer[];
  /** A warning that came with it, with its SQLSTATE: the commit may be less than was asked for. */
  readonly warning: SqlError | undefined;
}

/** A session with a server, in which one asks. */
export interface AnyConnection {
  /** Whether something can be asked, as far as is known here. */
  readonly open: boolean;
}

/** A node was asked that has no server: that says nothing of the connection to the primary. */
export class NoServer extends Error {
  constructor(node: string, servers: readonly string[]) {
    super(`there is no server on ${node}: PostgreSQL runs on ${servers.join(', ')} alone`);
  }
}

/**
 * What a client's operations ask through, by the texts of their statements: one connection to a server that calls itself primary,
 * real (`client-session.ts`) or simulated (`model/client-session.ts`). While that is open it asks nobody whether it still is. A
 * statement that has no answer in time costs the connection. Statements in one text are one transaction.
 */
export abstract class Session {
  readonly mailbox: Mailbox<readonly number[]>;
  /** How far the operation that is under way has come; each begins `before`. */
  stage: Stage = 'before';

  /** @param inbox - numbers of the messages that this seat's clients have received last */
  constructor(inbox: Received<readonly number[]>) {
    this.mailbox = new Mailbox(inbox);
  }

  /** The open connection, or a new one to a server that calls itself primary. @throws SqlError */
  abstract primary(): Promise<AnyConnection>;

  /** @throws SqlError; also where the client was closed meanwhile: then nothing is sent any more. */
  abstract ask(connection: AnyConnection, text: string): Promise<Answers>;

  /** What a node's own server has, be it primary or standby. @throws NoServer */
  abstract readNode(node: string, select: string): Promise<Answer>;

  /** Drops the connection: the next operation takes a new one. */
  abstract forget(): void;

  /** Asks the primary for something that takes effect. @throws as `commit`. */
  async change(text: string): Promise<Answer> {
    const connection = await this.primary();
    this.stage = 'sent';
    return this.commit(connection, text);
  }

  /** Reads, and in the same transaction the server's word that it is primary: what a standby lacks is not lost. */
  async read(select: string): Promise<Answer> {
    const connection = await this.primary();
    const { answers } = await this.ask(connection, `SELECT pg_is_in_recovery(); ${select}`);
    if (answers[0]?.rows[0]?.[0] !== false) throw new Error('the server that was primary is a standby now');
    return last(answers);
  }

  /** Asks for something that takes effect. @throws SqlError also where the server warns that it may be less than was asked for. */
  async commit(connection: AnyConnection, text: string): Promise<Answer> {
    const { answers, warning } = await this.ask(connection, text);
    if (warning !== undefined) throw warning;
    return last(answers);
  }
}

/** An operation of a workload: its outcome. What it throws is classified by how far the session has come. */
export type Operation = (session: Session, value: never) => Promise<Outcome>;

export function last(answers: readonly Answer[]): Answer {
  return answers.at(-1) as Answer;
}
