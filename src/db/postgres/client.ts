import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { type Answer, type Answers, Connection, type Endpoint } from './client-connection.ts';
import { classify, SqlError, type Stage } from './errors.ts';
import type { PostgresSettings } from './settings.ts';
import { txidOf } from './txid.ts';

const OK: Outcome = { type: 'ok' };
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

export interface ClientConfig {
  /** Every server; the first begins as primary. */
  readonly servers: readonly ServerEndpoint[];
  /** Where this seat's clients found the primary last: they try there first. They keep it up to date. */
  readonly lastPrimary: { node?: string };
  readonly isolation: PostgresSettings['isolation'];
  /** For each server that is tried. */
  readonly connectTimeoutMs: number;
  readonly socketTimeoutMs: number;
  readonly localAddress?: string;
  readonly password?: string;
}

type MicroOp = readonly ['append', number, number] | readonly ['r', number, null];

/**
 * A client of the set, and of lists, with one connection to a server that calls itself primary; while that is open it asks
 * nobody whether it still is. A statement that has no answer in time costs the connection, and nobody knows what became of it.
 *
 *     {f: 'add', value: 5}              INSERT ... ON CONFLICT DO NOTHING
 *     {f: 'verify', value: 5}           ok value: [5, whether it was and will be added]
 *     {f: 'read', value: null}          ok value: the primary's elements, sorted
 *     {f: 'read-node', value: ['n2', null]}  ok value: ['n2', that server's own elements, sorted]
 *     {f: 'txn', value: [['append', 1, 5], ['r', 1, null]]}  ok value: the same, with the lists read
 */
export class PostgresClient implements Client {
  readonly #config: ClientConfig;
  #connection: Connection | undefined;
  readonly #closing = new AbortController();
  #stage: Stage = 'before';
  /** Attempts to connect that have failed in a row, and when the last one began. */
  #failures = 0;
  #triedMs = 0;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    this.#stage = 'before';
    try {
      if (f === 'add') return await this.#add(value as number);
      if (f === 'verify') return await this.#verify(value as number);
      if (f === 'read') return { type: 'ok', value: await this.#read() };
      if (f === 'read-node') return await this.#readNode((value as [string, null])[0]);
      if (f === 'txn') return await this.#transact(value as readonly MicroOp[]);
    } catch (error) {
      this.#forget();
      return classify(error, this.#stage);
    }
    throw new TypeError(`the PostgreSQL client knows no operation "${f}"`);
  }

  /** Connects beforehand, as far as that succeeds: the first operation need not wait for it. Never throws. */
  async open(): Promise<void> {
    await this.#primary().catch(() => {});
  }

  close(): void {
    this.#closing.abort(new Error('the client was closed'));
    this.#forget();
  }

  /**
   * Adds an element, under the name of its transaction. Where that name is taken nothing is inserted, and it depends on who
   * has taken it: an earlier try, so that the element is there, or a fence, so that it will never be.
   */
  async #add(element: number): Promise<Outcome> {
    const txid = txidOf(element);
    const connection = await this.#primary();
    this.#stage = 'sent';
    const { count } = await this.#commit(connection, insert(txid, element));
    if (count === 1 || (await this.#isAdded(connection, txid))) return OK;
    return { type: 'fail', error: `"${txid}" was verified before it had arrived, and is not to happen any more` };
  }

  /**
   * Finds out what became of an addition, for good: the statement that adds it may still be on its way. So it puts a row of
   * the same name, a fence, where there is none, and reads what stands there: the fence waits for a commit that is under way,
   * and keeps off every one that comes later. The fence is on the disk before it is believed.
   *
   * Whatever goes wrong is a `fail`, also where the fence was sent. Who verifies does not know what became of the addition,
   * and a fence that nobody has heard of leaves it at that: added or not, it can be asked again, with the same result.
   */
  async #verify(element: number): Promise<Outcome> {
    const txid = txidOf(element);
    const connection = await this.#primary();
    const fence = insert(txid, null);
    await this.#commit(connection, `BEGIN; SET LOCAL synchronous_commit TO on; ${fence}; COMMIT`);
    return { type: 'ok', value: [element, await this.#isAdded(connection, txid)] };
  }

  async #isAdded(connection: Connection, txid: string): Promise<boolean> {
    const { answers } = await this.#ask(connection, `SELECT element FROM set_app WHERE txid = '${txid}'`);
    const row = last(answers).rows[0];
    if (row === undefined) throw new Error(`"${txid}" was there, and is not any more`);
    return row[0] !== null;
  }

  /** In one transaction, the server's word that it is primary: what a standby lacks is not lost. */
  async #read(): Promise<number[]> {
    const connection = await this.#primary();
    const { answers } = await this.#ask(connection, `SELECT pg_is_in_recovery(); ${SELECT_ALL}`);
    if (answers[0]?.rows[0]?.[0] !== false) throw new Error('the server that was primary is a standby now');
    return elementsOf(last(answers));
  }

  /** From another server than the primary over a connection of its own, at the default level: a standby knows no serializable transactions. */
  async #readNode(node: string): Promise<Outcome> {
    const { servers } = this.#config;
    const server = servers.find((one) => one.node === node);
    if (server === undefined) {
      const those = servers.map((one) => one.node).join(', ');
      return { type: 'fail', error: `there is no server on ${node}: PostgreSQL runs on ${those} alone` };
    }
    // A server may have no place for another one.
    const own = this.#config.lastPrimary.node === node && this.#connection?.open ? this.#connection : undefined;
    const connection = own ?? (await this.#connect(server));
    try {
      return { type: 'ok', value: [node, elementsOf(last((await this.#ask(connection, SELECT_ALL)).answers))] };
    } finally {
      if (own === undefined) connection.destroy();
    }
  }

  /** Until its COMMIT is sent, a transaction has not happened, and never will: the server rolls back what is left open. */
  async #transact(ops: readonly MicroOp[]): Promise<Outcome> {
    const connection = await this.#primary();
    try {
      await this.#ask(connection, 'BEGIN');
      const value: unknown[] = [];
      for (const op of ops) {
        const [kind, key, element] = op;
        const { answers } = await this.#ask(connection, kind === 'append' ? append(key, element) : select(key));
        value.push(kind === 'append' ? op : ['r', key, last(answers).rows[0]?.[0] ?? []]);
      }
      if (ops.some(([kind]) => kind === 'append')) this.#stage = 'sent';
      const { command } = await this.#commit(connection, 'COMMIT');
      if (command === 'COMMIT') return { type: 'ok', value };
      return { type: 'fail', error: `the server answered ${command} to COMMIT` };
    } catch (error) {
      if (!(error instanceof SqlError) || !connection.open) throw error;
      // The server has rolled it back already, or does so now; the connection is as good as before.
      const outcome = classify(error, this.#stage);
      if (outcome.type === 'info') throw error;
      await this.#ask(connection, 'ROLLBACK').catch(() => this.#forget());
      return outcome;
    }
  }

  /** Asks for something that takes effect. @throws SqlError also where the server warns that it may be less than was asked for. */
  async #commit(connection: Connection, text: string): Promise<Answer> {
    const { answers, warning } = await this.#ask(connection, text);
    if (warning !== undefined) throw warning;
    return last(answers);
  }

  /** @throws also where the client was closed meanwhile: then nothing is sent any more. */
  async #ask(connection: Connection, text: string): Promise<Answers> {
    this.#closing.signal.throwIfAborted();
    return connection.ask(text, this.#config.socketTimeoutMs);
  }

  /** The open connection, or a new one to a server that calls itself primary. */
  async #primary(): Promise<Connection> {
    if (this.#connection?.open) return this.#connection;
    this.#forget();
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

  /** @throws SqlError where it is a standby, or does not take the isolation level that is wanted. */
  async #connectToPrimary(server: ServerEndpoint): Promise<Connection> {
    const { isolation } = this.#config;
    const connection = await this.#connect(server);
    try {
      const level = LEVELS[isolation];
      const asks = `SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL ${level}; SHOW default_transaction_isolation`;
      const { answers } = await this.#ask(connection, `SELECT pg_is_in_recovery(); ${asks}`);
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

  #forget(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }
}

const SELECT_ALL = 'SELECT element FROM set_app WHERE element IS NOT NULL';

/** Texts are made of integers only. */
function insert(txid: string, element: number | null): string {
  return `INSERT INTO set_app (txid, element) VALUES ('${txid}', ${element ?? 'NULL'}) ON CONFLICT DO NOTHING`;
}

function append(key: number, element: number): string {
  const added = `INSERT INTO lists (key, elements) VALUES (${key}, ARRAY[${element}])`;
  return `${added} ON CONFLICT (key) DO UPDATE SET elements = lists.elements || excluded.elements`;
}

function select(key: number): string {
  return `SELECT elements FROM lists WHERE key = ${key}`;
}

function last(answers: readonly Answer[]): Answer {
  return answers.at(-1) as Answer;
}

function elementsOf({ rows }: Answer): number[] {
  return Array.from(Float64Array.from(rows, ([element]) => element as number).sort());
}
