import { setTimeout as sleep } from 'node:timers/promises';
import type { Received } from '../client-mailbox.ts';
import { Connection, type Endpoint } from './client-connection.ts';
import { SqlError } from './errors.ts';
import { type Answer, type Answers, last, NoServer, Session } from './session.ts';
import type { PostgresSettings } from './settings.ts';

/** Between the beginnings of two attempts to connect, as a pool of connections does it: doubled by each that fails. */
const BACKOFF_MS = 10;
const BACKOFF_MS_MAX = 320;

const LEVELS = {
  read_committed: 'read committed',
  repeatable_read: 'repeatable read',
  serializable: 'serializable',
} as const;

export interface ServerEndpoint extends Endpoint {
  readonly node: string;
}

export interface SessionConfig {
  /** Every server; the first begins as primary. */
  readonly servers: readonly ServerEndpoint[];
  /** Where this seat's clients found the primary last: they try there first. They keep it up to date. */
  readonly lastPrimary: { node?: string };
  /** Numbers of the messages that this seat's clients have received last. */
  readonly inbox: Received<readonly number[]>;
  readonly isolation: PostgresSettings['isolation'];
  /** For each server that is tried. */
  readonly connectTimeoutMs: number;
  readonly socketTimeoutMs: number;
  readonly localAddress?: string;
  readonly password?: string;
}

/** Connections to real servers. */
export class PgSession extends Session {
  readonly #config: SessionConfig;
  #connection: Connection | undefined;
  readonly #closing = new AbortController();
  /** Attempts to connect that have failed in a row, and when the last one began. */
  #failures = 0;
  #triedMs = 0;

  constructor(config: SessionConfig) {
    super(config.inbox);
    this.#config = config;
  }

  /**
   * What a node's own server has: from another one than the primary over a connection of its own, at the default level, for a
   * standby knows no serializable transactions. @throws NoServer
   */
  async readNode(node: string, select: string): Promise<Answer> {
    const { servers } = this.#config;
    const server = servers.find((one) => one.node === node);
    if (server === undefined)
      throw new NoServer(
        node,
        servers.map((one) => one.node),
      );
    // A server may have no place for another one.
    const own = this.#config.lastPrimary.node === node && this.#connection?.open ? this.#connection : undefined;
    const connection = own ?? (await this.#connect(server));
    try {
      return last((await this.ask(connection, select)).answers);
    } finally {
      if (own === undefined) connection.destroy();
    }
  }

  async ask(connection: Connection, text: string): Promise<Answers> {
    this.#closing.signal.throwIfAborted();
    return connection.ask(text, this.#config.socketTimeoutMs);
  }

  async primary(): Promise<Connection> {
    if (this.#connection?.open) return this.#connection;
    this.forget();
    await this.#backOff();
    this.#closing.signal.throwIfAborted();
    this.#triedMs = performance.now();
    this.#failures++;
    const { servers, lastPrimary } = this.#config;
    const known = servers.filter(({ node }) => node === lastPrimary.node);
    const refusals: unknown[] = [];
    for (const server of new Set([...known, ...servers])) {
      try {
        this.#connection = await this.#connectToPrimary(server);
        lastPrimary.node = server.node;
        this.#failures = 0;
        return this.#connection;
      } catch (error) {
        this.#closing.signal.throwIfAborted();
        refusals.push(error);
      }
    }
    if (refusals.length === 1) throw refusals[0];
    throw new SqlError('08001', `no primary: ${refusals.map((error) => (error as Error).message).join('; ')}`);
  }

  forget(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  close(): void {
    this.#closing.abort(new Error('the client was closed'));
    this.forget();
  }

  /** @throws SqlError where it is a standby, or does not take the isolation level that is wanted. */
  async #connectToPrimary(server: ServerEndpoint): Promise<Connection> {
    const { isolation } = this.#config;
    const connection = await this.#connect(server);
    try {
      const level = LEVELS[isolation];
      const asks = `SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL ${level}; SHOW default_transaction_isolation`;
      const { answers } = await this.ask(connection, `SELECT pg_is_in_recovery(); ${asks}`);
      this.#closing.signal.throwIfAborted();
      if (answers[0]?.rows[0]?.[0] !== false) throw new SqlError('08001', `${server.node} is a standby`);
      const found = last(answers).rows[0]?.[0];
      if (found !== level) throw new SqlError('08001', `${server.node} has transactions ${found}, not ${level}`);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Where the client is closed meanwhile, whoever asks something over it finds that out. */
  #connect(server: ServerEndpoint): Promise<Connection> {
    const { localAddress, password, connectTimeoutMs: timeoutMs } = this.#config;
    return Connection.open(server, { localAddress, password, timeoutMs });
  }

  async #backOff(): Promise<void> {
    if (this.#failures === 0) return;
    const pauseMs = Math.min(BACKOFF_MS * 2 ** (this.#failures - 1), BACKOFF_MS_MAX);
    const leftMs = this.#triedMs + pauseMs - performance.now();
    if (leftMs > 0) await sleep(leftMs, undefined, { signal: this.#closing.signal });
  }
}
