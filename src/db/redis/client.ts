import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { connectRedis, type Endpoint } from './client-connection.ts';
import { classify, type Stage } from './errors.ts';

/** The set that the workload writes. */
export const KEY = 'plan-run:set';

const BACKOFF_MS = 10;
const BACKOFF_MS_MAX = 320;
const OK: Outcome = { type: 'ok' };

export interface RedisClientConfig {
  /** Every server by its node's name. */
  readonly servers: ReadonlyMap<string, Endpoint>;
  /** Where writes go when no Sentinel is asked. */
  readonly first: Endpoint;
  /** The Sentinel of the home node, if it has one. */
  readonly sentinel?: Endpoint;
  readonly primaryName: string;
  readonly askSentinel: 'each-op' | 'on-error';
  /** WAIT for so many replicas, `waitTimeoutMs` at most; 0: no WAIT. */
  readonly wait: number;
  readonly waitTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly localAddress?: string;
  readonly password?: string;
}

/**
 * A client of a set in Redis. It connects when it first must, or beforehand when it is opened, and again, with backoff,
 * when a connection is gone:
 *
 *     {f: 'add', value: 5}              SADD at the primary, and WAIT where it is set
 *     {f: 'read', value: null}          ok value: the primary's elements, sorted
 *     {f: 'read-node', value: ['n3', null]}  ok value: ['n3', that server's own elements, sorted]
 */
export class RedisSetClient implements Client {
  readonly #config: RedisClientConfig;
  readonly #connections = new Map<string, Redis>();
  readonly #closing = new AbortController();
  /** The primary's connection, as long as nobody need be asked for it. */
  #primary: Redis | undefined;
  /** Connections refused in a row. */
  #failures = 0;

  constructor(config: RedisClientConfig) {
    this.#config = config;
  }

  invoke(op: Invocation): Promise<Outcome> {
    if (op.f === 'add') return this.#add(op.value as number);
    if (op.f === 'read') return this.#read();
    if (op.f === 'read-node') return this.#readNode((op.value as [string, null])[0]);
    throw new TypeError(`the Redis client knows no operation "${op.f}"`);
  }

  /** Connects beforehand, as far as that succeeds: the first operation need not wait for it. Never throws. */
  async open(): Promise<void> {
    await this.#findPrimary().catch(() => {});
  }

  close(): void {
    this.#closing.abort(new Error('the client was closed'));
    for (const redis of this.#connections.values()) redis.disconnect();
    this.#connections.clear();
  }

  async #add(element: number): Promise<Outcome> {
    let stage: Stage = 'before';
    try {
      // The common way has one await: it decides what the runner costs beside a bare loop.
      const primary = this.#primary;
      const redis = primary?.status === 'ready' ? primary : await this.#findPrimary();
      stage = 'sent';
      await redis.sadd(KEY, element);
      if (this.#config.wait === 0) return OK;
      stage = 'after';
      return await this.#wait(redis);
    } catch (error) {
      return this.#ended(error, stage);
    }
  }

  async #wait(redis: Redis): Promise<Outcome> {
    const { wait, waitTimeoutMs } = this.#config;
    const replicas = await redis.wait(wait, waitTimeoutMs);
    if (replicas >= wait) return OK;
    return { type: 'info', error: `WAIT ${wait}: only ${replicas} replicas had it within ${waitTimeoutMs} ms` };
  }

  async #read(): Promise<Outcome> {
    try {
      return { type: 'ok', value: await primaryElements(await this.#findPrimary()) };
    } catch (error) {
      return this.#ended(error, 'before');
    }
  }

  async #readNode(node: string): Promise<Outcome> {
    try {
      const endpoint = this.#config.servers.get(node);
      if (endpoint === undefined) throw new Error(`there is no node "${node}"`);
      return { type: 'ok', value: [node, await elements(await this.#connection(endpoint))] };
    } catch (error) {
      return this.#ended(error, 'before');
    }
  }

  #ended(error: unknown, stage: Stage): Outcome {
    this.#primary = undefined;
    return classify(error, stage);
  }

  async #findPrimary(): Promise<Redis> {
    const { sentinel, first, askSentinel } = this.#config;
    const redis = await this.#connection(sentinel === undefined ? first : await this.#askSentinel(sentinel));
    if (sentinel === undefined || askSentinel === 'on-error') this.#primary = redis;
    return redis;
  }

  async #askSentinel(endpoint: Endpoint): Promise<Endpoint> {
    const name = this.#config.primaryName;
    const sentinel = await this.#connection(endpoint, this.#config.connectTimeoutMs);
    try {
      const answer = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name);
      if (!Array.isArray(answer)) throw new Error(`the Sentinel at ${endpoint.host} knows no primary "${name}"`);
      const [host, port] = answer as [string, string];
      return { host, port: Number(port) };
    } catch (error) {
      // It may still answer, too late: a new connection cannot take that for the answer to the next question.
      sentinel.disconnect();
      this.#connections.delete(keyOf(endpoint));
      throw error;
    }
  }

  /** The open connection to `endpoint`, or a new one. */
  async #connection(endpoint: Endpoint, commandTimeoutMs?: number): Promise<Redis> {
    const key = keyOf(endpoint);
    const open = this.#connections.get(key);
    if (open?.status === 'ready') return open;
    this.#connections.delete(key);
    if (this.#failures > 0) {
      const backoffMs = Math.min(BACKOFF_MS * 2 ** (this.#failures - 1), BACKOFF_MS_MAX);
      await sleep(backoffMs, undefined, { signal: this.#closing.signal });
    }
    const { localAddress, password, connectTimeoutMs: timeoutMs } = this.#config;
    // A Sentinel has no password of its own.
    const login = endpoint === this.#config.sentinel ? undefined : password;
    this.#failures++;
    const redis = await connectRedis(endpoint, {
      localAddress,
      password: login,
      timeoutMs,
      ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
    });
    this.#failures = 0;
    if (this.#closing.signal.aborted) {
      redis.disconnect();
      throw this.#closing.signal.reason;
    }
    this.#connections.set(key, redis);
    return redis;
  }
}

const keyOf = ({ host, port }: Endpoint) => `${host}:${port}`;

async function elements(redis: Redis): Promise<number[]> {
  return sorted(await redis.smembers(KEY));
}

/**
 * The elements, and in the same transaction the server's word that it is primary: a Sentinel may be behind, or the only
 * one to think so, and what a replica lacks is not lost.
 */
async function primaryElements(redis: Redis): Promise<number[]> {
  const transaction = redis.multi().role().smembers(KEY).exec();
  // What kept it from being carried out says more than that it was not.
  const answers = await transaction.catch((error: { previousErrors?: Error[] }) => {
    throw error.previousErrors?.[0] ?? error;
  });
  const [[, role] = [], [refusal, members] = []] = answers ?? [];
  if (refusal) throw refusal;
  const [name] = role as [string];
  if (name !== 'master') throw new Error(`the server that is said to be primary calls itself ${name}`);
  return sorted(members as string[]);
}

function sorted(members: readonly string[]): number[] {
  return Array.from(Float64Array.from(members, Number).sort());
}
