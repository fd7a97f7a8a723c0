import { type Link, SimError, type SimHost } from '../../../contract/index.ts';
import type { Received } from '../../client-mailbox.ts';
import { SqlError } from '../errors.ts';
import { type Answer, type Answers, last, NoServer, Session } from '../session.ts';
import { type Login, type LoginReply, POSTGRES_PORT, type QueryReply, type Request, type Terminate } from './wire.ts';

const UNREACHABLE = '08001';
const CONNECTION_FAILURE = '08006';
/** Between the beginnings of two attempts to connect, as a pool of connections does it: doubled by each that fails. */
const BACKOFF_MS = 10;
const BACKOFF_MS_MAX = 320;

export interface SessionConfig {
  /** Where the server is. */
  readonly node: string;
  readonly connectTimeoutMs: number;
  readonly socketTimeoutMs: number;
}

/** A connection as by PostgreSQL's JDBC driver, which the article's clients had. */
export class SimSession extends Session {
  readonly #host: SimHost;
  readonly #config: SessionConfig;
  #link: Link | undefined;
  #closed = false;
  /** Attempts to connect that have failed in a row, and when the last one began. */
  #failures = 0;
  #triedMs = 0;

  constructor(host: SimHost, config: SessionConfig, inbox: Received<readonly number[]>) {
    super(inbox);
    this.#host = host;
    this.#config = config;
  }

  async primary(): Promise<Link> {
    if (this.#link?.open) return this.#link;
    this.forget();
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

  async ask(link: Link, text: string): Promise<Answers> {
    return (await this.request(link, { do: 'query', text })) as QueryReply;
  }

  /** The same for any message. @throws SqlError 08006 */
  async request(link: Link, request: Request): Promise<unknown> {
    try {
      return await link.ask(request, this.#config.socketTimeoutMs);
    } catch {
      throw new SqlError(CONNECTION_FAILURE, 'An I/O error occurred while sending to the backend');
    }
  }

  async readNode(node: string, select: string): Promise<Answer> {
    if (node !== this.#config.node) throw new NoServer(node, [this.#config.node]);
    return last((await this.ask(await this.primary(), select)).answers);
  }

  forget(): void {
    this.#link?.close();
    this.#link = undefined;
  }

  /** @param busy - an operation is under way: then it does not say goodbye */
  close(busy: boolean): void {
    this.#closed = true;
    if (!busy) this.#link?.send({ do: 'terminate' } satisfies Terminate);
    this.forget();
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
        if (typeof answer === 'object') throw new SqlError(answer.state, `FATAL: ${answer.message}`);
      }
      return link;
    } catch (error) {
      link?.close();
      throw error instanceof SimError ? new SqlError(UNREACHABLE, whyUnreachable(error, node)) : error;
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
}

function whyUnreachable({ code }: SimError, node: string): string {
  if (code === 'ETIMEDOUT') return 'Connection attempt timed out';
  if (code === 'ECONNREFUSED') return `Connection to ${node}:${POSTGRES_PORT} refused`;
  return 'The connection attempt failed';
}
