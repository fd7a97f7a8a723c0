import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { classify, type Stage } from './errors.ts';
import type { Argv } from './scripts.ts';
import { type Access, type Memory, type Operation, WORKLOADS } from './workloads.ts';

const BACKOFF_MS = 10;
const BACKOFF_MS_MAX = 320;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A connection that does what it is told once. */
export interface RedisLink {
  readonly open: boolean;
  /** @throws an error that begins with Redis's code, or with ioredis's words. */
  call(argv: Argv): Promise<unknown>;
  /** The answers of commands that a server carries out as one step. @throws as `call`; also where one of them was refused. */
  transaction(commands: readonly Argv[]): Promise<unknown[]>;
  /** Lets go of it at once. */
  close(): void;
}

/** The world as a client has it: sockets or the simulator's. */
export interface Transport {
  /** @throws what kept it from being ready within `timeoutMs`. `answerMs`: longest wait for an answer; default: for ever. */
  connect(endpoint: Endpoint, options: { timeoutMs: number; answerMs?: number; sentinel: boolean }): Promise<RedisLink>;
  sleep(ms: number): Promise<void>;
  nowMs(): number;
  /** A word that nobody else is given. */
  unique(): string;
  /** Told of each write before it goes out. */
  sends?(argv: Argv, to: Endpoint): void;
}

export interface RedisClientConfig {
  readonly workload: string;
  /** Every server by its node's name. */
  readonly servers: ReadonlyMap<string, Endpoint>;
  /** Where writes go when no Sentinel is asked. */
  readonly first: Endpoint;
  /** The Sentinel of the home node, if it has one. */
  readonly sentinel?: Endpoint | undefined;
  readonly primaryName: string;
  readonly askSentinel: 'each-op' | 'on-error';
  /** WAIT for so many replicas, `waitTimeoutMs` at most; 0: no WAIT. */
  readonly wait: number;
  readonly waitTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly memory: Memory;
  readonly leaseMs: number;
}

/** An open connection to a server that is primary, as far as this client knows. */
interface Primary {
  readonly at: Endpoint;
  readonly link: RedisLink;
}

/**
 * A client of one workload (`workloads.ts`). It connects when it first must, or beforehand when it is opened, and again, with
 * backoff, when a connection is gone. A write goes to the primary, with WAIT after it where that is set. It sends nothing twice.
 */
export class RedisClient implements Client {
  readonly #config: RedisClientConfig;
  readonly #transport: Transport;
  readonly #access: Access;
  readonly #operations: Readonly<Record<string, Operation>>;
  readonly #links = new Map<string, RedisLink>();
  #closed = false;
  /** The primary, as long as nobody need be asked for it. */
  #primary: Primary | undefined;
  /** Connections refused in a row. */
  #failures = 0;

  constructor(config: RedisClientConfig, transport: Transport) {
    this.#config = config;
    this.#transport = transport;
    const { memory, leaseMs } = config;
    this.#access = { memory, leaseMs, nowMs: () => transport.nowMs(), unique: () => transport.unique() };
    this.#operations = WORKLOADS[config.workload] ?? {};
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    const operation = this.#operations[f];
    if (operation === undefined)
      throw new TypeError(`the Redis client of ${this.#config.workload} knows no operation "${f}"`);
    const { wait } = this.#config;
    let stage: Stage = 'before';
    let outcome: Outcome;
    try {
      let reply: unknown;
      if (operation.writes) {
        // The common way has one await: it decides what the runner costs beside a bare loop.
        const { at, link } = this.#primary?.link.open ? this.#primary : await this.#findPrimary();
        const argv = operation.argv(value as never, this.#access);
        stage = 'sent';
        this.#transport.sends?.(argv, at);
        reply = await link.call(argv);
        if (wait > 0) {
          stage = 'after';
          const unmet = await this.#wait(link);
          if (unmet !== undefined) return { type: 'info', error: unmet };
        }
      } else reply = await this.#read(operation, value);
      this.#refuseClosed();
      outcome = operation.answer(reply as never, value as never, this.#access);
    } catch (error) {
      this.#primary = undefined;
      outcome = classify(error, stage);
    }
    return outcome.type === 'fail' ? (operation.failed?.(outcome.error, this.#access) ?? outcome) : outcome;
  }

  /** Connects beforehand, as far as that succeeds: the first operation need not wait for it. Never throws. */
  async open(): Promise<void> {
    await this.#findPrimary().catch(() => {});
  }

  close(): void {
    this.#closed = true;
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  async #wait(link: RedisLink): Promise<string | undefined> {
    const { wait, waitTimeoutMs } = this.#config;
    const replicas = (await link.call(['WAIT', `${wait}`, `${waitTimeoutMs}`])) as number;
    return replicas >= wait ? undefined : `WAIT ${wait}: only ${replicas} replicas had it within ${waitTimeoutMs} ms`;
  }

  /**
   * What the server answers that is asked. The primary says in the same transaction that it is primary: a Sentinel may be behind,
   * or the only one to think so, and what a replica lacks is not lost.
   */
  async #read(operation: Operation, value: unknown): Promise<unknown> {
    const argv = operation.argv(value as never, this.#access);
    const node = operation.node?.(value as never);
    if (node !== undefined) {
      const endpoint = this.#config.servers.get(node);
      if (endpoint === undefined) throw new Error(`there is no node "${node}"`);
      return (await this.#link(endpoint)).call(argv);
    }
    const { link } = this.#primary?.link.open ? this.#primary : await this.#findPrimary();
    const [role, reply] = (await link.transaction([['ROLE'], argv])) as [[string], unknown];
    if (role[0] !== 'master') throw new Error(`the server that is said to be primary calls itself ${role[0]}`);
    return reply;
  }

  async #findPrimary(): Promise<Primary> {
    const { sentinel, first, askSentinel } = this.#config;
    const at = sentinel === undefined ? first : await this.#askSentinel(sentinel);
    const primary = { at, link: await this.#link(at) };
    if (sentinel === undefined || askSentinel === 'on-error') this.#primary = primary;
    return primary;
  }

  async #askSentinel(endpoint: Endpoint): Promise<Endpoint> {
    const name = this.#config.primaryName;
    const sentinel = await this.#link(endpoint, this.#config.connectTimeoutMs);
    try {
      const answer = await sentinel.call(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]);
      if (!Array.isArray(answer)) throw new Error(`the Sentinel at ${endpoint.host} knows no primary "${name}"`);
      const [host, port] = answer as [string, string];
      return { host, port: Number(port) };
    } catch (error) {
      // It may still answer, too late: a new connection cannot take that for the answer to the next question.
      sentinel.close();
      this.#links.delete(keyOf(endpoint));
      throw error;
    }
  }

  /** The open connection to `endpoint`, or a new one. */
  async #link(endpoint: Endpoint, answerMs?: number): Promise<RedisLink> {
    const key = keyOf(endpoint);
    const open = this.#links.get(key);
    if (open?.open) return open;
    this.#links.delete(key);
    if (this.#failures > 0) {
      await this.#transport.sleep(Math.min(BACKOFF_MS * 2 ** (this.#failures - 1), BACKOFF_MS_MAX));
      this.#refuseClosed();
    }
    this.#failures++;
    const link = await this.#transport.connect(endpoint, {
      timeoutMs: this.#config.connectTimeoutMs,
      sentinel: endpoint === this.#config.sentinel,
      ...(answerMs !== undefined && { answerMs }),
    });
    this.#failures = 0;
    if (this.#closed) link.close();
    this.#refuseClosed();
    this.#links.set(key, link);
    return link;
  }

  /** What comes when nobody waits any more must change nothing. */
  #refuseClosed(): void {
    if (this.#closed) throw new Error('the client was closed');
  }
}

const keyOf = ({ host, port }: Endpoint) => `${host}:${port}`;
