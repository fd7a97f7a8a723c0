import { Socket } from 'node:net';
import pg from 'pg';
import { messageOf } from '../../base/errors.ts';
import { CLIENT_USER, DATABASE } from './config.ts';
import { SqlError } from './errors.ts';
import type { Answers, AnyConnection } from './session.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ConnectOptions {
  /** Source address of the connection. */
  readonly localAddress?: string | undefined;
  readonly password?: string | undefined;
  /** Longest wait for the connection, its login among it. */
  readonly timeoutMs: number;
}

/**
 * One connection, by npm's `pg`. It does what it is told once: nothing is queued, sent again or pooled. It is dead for good
 * when the server or the network ends it, or an answer does not come in time.
 */
export class Connection implements AnyConnection {
  readonly #client: pg.Client;
  readonly #socket: Socket;
  #open = true;
  #cause: SqlError | undefined;
  #warning: SqlError | undefined;

  private constructor(client: pg.Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
    const over = () => {
      this.#open = false;
    };
    client.on('error', over);
    client.on('end', over);
    socket.on('end', over);
    socket.on('close', over);
    client.on('notice', ({ code, message, detail, severity }) => {
      if (severity !== 'WARNING') return;
      this.#warning = new SqlError(code ?? '01000', [message, detail].filter(Boolean).join(': '), 'WARNING');
    });
  }

  /** @throws SqlError: the server's own refusal, or 08001 where there is no connection in time. */
  static async open(
    { host, port }: Endpoint,
    { localAddress, password, timeoutMs }: ConnectOptions,
  ): Promise<Connection> {
    const socket = new SeatSocket(localAddress);
    const client = new pg.Client({
      ...{ host, port, user: CLIENT_USER, database: DATABASE, ssl: false, stream: () => socket },
      // Never from the runner's environment or files.
      ...{ password: password ?? '', options: '-c client_min_messages=warning', application_name: 'plan-run' },
    });
    const connection = new Connection(client, socket);
    const words = `no connection to ${host}:${port} within ${timeoutMs} ms`;
    const deadline = setTimeout(() => connection.#end(new SqlError('08001', words)), timeoutMs);
    try {
      await client.connect();
      return connection;
    } catch (error) {
      const cause = connection.#cause ?? sqlError(error, '08001');
      connection.destroy();
      throw cause;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Whether something can be asked, as far as is known here. */
  get open(): boolean {
    return this.#open;
  }

  /**
   * Asks, by the simple protocol: the answer comes after the commit. @throws SqlError: the server's error, or 08006 where the
   * connection was lost, or `timeoutMs` passed without an answer; the connection is gone then.
   */
  async ask(text: string, timeoutMs: number): Promise<Answers> {
    if (!this.#open) throw this.#cause ?? new SqlError('08006', 'the connection is gone');
    this.#warning = undefined;
    const words = `no answer within ${timeoutMs} ms`;
    const deadline = setTimeout(() => this.#end(new SqlError('08006', words)), timeoutMs);
    try {
      const result: unknown = await this.#client.query({ text, rowMode: 'array' });
      const answers = ([result].flat() as pg.QueryArrayResult<unknown[]>[]).map(({ command, rowCount, rows }) => ({
        ...{ command, count: rowCount ?? 0, rows },
      }));
      return { answers, warning: this.#warning };
    } catch (error) {
      throw this.#cause ?? sqlError(error, '08006');
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Lets go at once; whatever is under way ends in an error. */
  destroy(): void {
    this.#end(new SqlError('08006', 'the client was closed'));
  }

  #end(cause: SqlError): void {
    this.#open = false;
    this.#cause ??= cause;
    this.#socket.destroy();
  }
}

/** A socket from an address of its own: `pg` says only where to. */
class SeatSocket extends Socket {
  readonly #localAddress: string | undefined;

  constructor(localAddress: string | undefined) {
    super();
    this.#localAddress = localAddress;
  }

  override connect(...args: unknown[]): this {
    const [port, host] = args as [number, string];
    const from = this.#localAddress === undefined ? {} : { localAddress: this.#localAddress };
    return super.connect({ port, host, ...from });
  }
}

/** The server's errors have an SQLSTATE and a severity; the system's have neither. */
function sqlError(error: unknown, otherwise: string): SqlError {
  if (error instanceof pg.DatabaseError && error.code !== undefined)
    return new SqlError(error.code, `${error.severity}: ${error.message}`, error.severity);
  return new SqlError(otherwise, messageOf(error));
}
