import type { Client, Invocation, Link, Outcome, SimHost } from '../../../contract/index.ts';
import { SimError } from '../../../contract/index.ts';
import { classify, SqlError, type Stage } from '../errors.ts';
import { txidOf } from '../txid.ts';
import { type Asks, NUMBERS } from './client-numbers.ts';
import {
  type InsertReply,
  type Login,
  type LoginReply,
  POSTGRES_PORT,
  type Refusal,
  type Request,
  type SelectAllReply,
  type SelectReply,
  type Terminate,
} from './wire.ts';

const OK: Outcome = { type: 'ok' };
const UNREACHABLE = '08001';
const CONNECTION_FAILURE = '08006';
/** Between the beginnings of two attempts to connect, as a pool of connections does it: doubled by each that fails. */
const BACKOFF_MS = 10;
const BACKOFF_MS_MAX = 320;

export interface ClientConfig {
  /** Where the server is. */
  readonly node: string;
  readonly workload: string;
  readonly connectTimeoutMs: number;
  readonly socketTimeoutMs: number;
}

/**
 * A client as the article's, by PostgreSQL's JDBC driver: a statement that has no answer in time costs the connection, and
 * nobody knows what became of it.
 */
export class PostgresClient implements Client {
  readonly #host: SimHost;
  readonly #config: ClientConfig;
  #link: Link | undefined;
  #closed = false;
  #working = false;
  #stage: Stage = 'before';
  /** Attempts to connect that have failed in a row, and when the last one began. */
  #failures = 0;
  #triedMs = 0;

  constructor(host: SimHost, config: ClientConfig) {
    this.#host = host;
    this.#config = config;
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    const operation = NUMBERS[this.#config.workload]?.[f];
    this.#working = true;
    this.#stage = 'before';
    try {
      if (operation !== undefined) return await operation(this.#asks, value as never);
      if (f === 'add') return await this.#add(value as number);
      if (f === 'verify') return await this.#verify(value as number);
      if (f === 'read') return { type: 'ok', value: await this.#read() };
      if (f === 'read-node') return await this.#readNode((value as [string, null])[0]);
    } catch (error) {
      this.#forget();
      const outcome = classify(error, this.#stage);
      if (operation === undefined && (f === 'add' || f === 'verify'))
        this.#tell('no-answer', () => tried(f, outcome), value as number);
      return outcome;
    } finally {
      this.#working = false;
    }
    throw new TypeError(`the PostgreSQL client knows no operation "${f}"`);
  }

  /** What the operations on numbers ask through. */
  readonly #asks: Asks = {
    read: async (request) => this.#ask(await this.#connection(), request),
    change: async (request) => {
      const link = await this.#connection();
      this.#stage = 'sent';
      return this.#ask(link, request);
    },
    has: (node) => node === this.#config.node,
  };

  /** Connects beforehand, as far as that succeeds. Never throws. */
  async open(): Promise<void> {
    await this.#connection().catch(() => {});
  }

  close(): void {
    this.#closed = true;
    if (!this.#working) this.#link?.send({ do: 'terminate' } satisfies Terminate);
    this.#forget();
  }

  /**
   * Adds an element, under the name of its transaction. Where that name is taken nothing is inserted, and it depends on who
   * has taken it: an earlier try, so that the element is there, or a fence, so that it will never be.
   */
  async #add(element: number): Promise<Outcome> {
    const { node } = this.#config;
    const txid = txidOf(element);
    const link = await this.#connection();
    this.#stage = 'sent';
    this.#tell('send', () => `sends ${element} to ${node}`, element);
    const { rows } = (await this.#ask(link, { do: 'insert', txid, element, durable: false })) as InsertReply;
    if (rows === 1) return OK;
    if (await this.#isAdded(link, txid)) {
      this.#tell('known', () => `hears from ${node} that ${element} is there already`, element);
      return OK;
    }
    this.#tell('fenced', () => `hears from ${node} that ${element} is not to be added any more`, element);
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
    const { node } = this.#config;
    const txid = txidOf(element);
    const link = await this.#connection();
    this.#tell('send', () => `asks ${node} what became of ${element}, with a fence against it`, element);
    await this.#ask(link, { do: 'insert', txid, element: null, durable: true });
    const added = await this.#isAdded(link, txid);
    this.#tell('verified', () => `hears from ${node} that ${element} ${added ? 'is there' : 'will never be'}`, element);
    return { type: 'ok', value: [element, added] };
  }

  async #isAdded(link: Link, txid: string): Promise<boolean> {
    const { row } = (await this.#ask(link, { do: 'select', txid })) as SelectReply;
    if (row === undefined) throw new Error(`"${txid}" was there, and is not any more`);
    return row.element !== null;
  }

  async #read(): Promise<number[]> {
    const link = await this.#connection();
    const { elements } = (await this.#ask(link, { do: 'select-all' })) as SelectAllReply;
    return elements.sort((a, b) => a - b);
  }

  async #readNode(node: string): Promise<Outcome> {
    if (node === this.#config.node) return { type: 'ok', value: [node, await this.#read()] };
    return { type: 'fail', error: `there is no server on ${node}: PostgreSQL runs on ${this.#config.node} alone` };
  }

  /** The open connection, or a new one. */
  async #connection(): Promise<Link> {
    if (this.#link?.open) return this.#link;
    this.#forget();
    await this.#backOff();
    this.#refuseClosed();
    this.#triedMs = this.#host.nowMs();
    this.#failures++;
    const link = await this.#connect();
    this.#failures = 0;
    if (this.#closed) link.close();
    this.#refuseClosed();
    this.#link = link;
    return link;
  }

  /** Connects and logs in, all of it within the time for that. */
  async #connect(): Promise<Link> {
    const { node, connectTimeoutMs } = this.#config;
    const deadlineMs = this.#host.nowMs() + connectTimeoutMs;
    let link: Link | undefined;
    try {
      link = await this.#host.connect(node, POSTGRES_PORT, connectTimeoutMs);
      for (const request of [{ do: 'startup' }, { do: 'password' }] satisfies Login[]) {
        const answer = (await link.ask(request, Math.max(1, deadlineMs - this.#host.nowMs()))) as LoginReply;
        if (typeof answer === 'object') throw refused(answer);
      }
      return link;
    } catch (error) {
      link?.close();
      throw error instanceof SimError ? new SqlError(UNREACHABLE, whyUnreachable(error, node)) : error;
    }
  }

  async #ask(link: Link, request: Request): Promise<unknown> {
    try {
      return await link.ask(request, this.#config.socketTimeoutMs);
    } catch {
      throw new SqlError(CONNECTION_FAILURE, 'An I/O error occurred while sending to the backend');
    }
  }

  async #backOff(): Promise<void> {
    if (this.#failures === 0) return;
    const pauseMs = Math.min(BACKOFF_MS * 2 ** (this.#failures - 1), BACKOFF_MS_MAX);
    const leftMs = this.#triedMs + pauseMs - this.#host.nowMs();
    if (leftMs > 0) await this.#host.sleep(leftMs);
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Error('the client was closed');
  }

  #forget(): void {
    this.#link?.close();
    this.#link = undefined;
  }

  #tell(what: string, words: () => string, element: number): void {
    this.#host.detail(what, words, [element]);
  }
}

function tried(f: string, outcome: Outcome): string {
  const error = outcome.type === 'ok' ? '' : outcome.error;
  if (f === 'verify') return `has learned nothing, and must ask again: ${error}`;
  return outcome.type === 'fail' ? `has sent nothing: ${error}` : `gives up, and does not know: ${error}`;
}

function refused({ state, message }: Refusal): SqlError {
  return new SqlError(state, `FATAL: ${message}`);
}

function whyUnreachable({ code }: SimError, node: string): string {
  if (code === 'ETIMEDOUT') return 'Connection attempt timed out';
  if (code === 'ECONNREFUSED') return `Connection to ${node}:${POSTGRES_PORT} refused`;
  return 'The connection attempt failed';
}
