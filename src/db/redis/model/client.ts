import type { Client, Invocation, Link, Outcome, SimHost } from '../../../contract/index.ts';
import { SimError } from '../../../contract/index.ts';
import { PRIMARY_NAME, REDIS_PORT, SENTINEL_PORT } from '../config.ts';
import { classify, type Stage } from '../errors.ts';
import { type Command, isRefusal, type SentinelCommand } from './protocol.ts';

const BACKOFF_MS = 10;
const BACKOFF_MS_MAX = 320;
const OK: Outcome = { type: 'ok' };

export interface ModelClientConfig {
  readonly nodes: readonly string[];
  readonly sentinel: boolean;
  readonly askSentinel: 'each-op' | 'on-error';
  readonly wait: number;
  readonly waitTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/** An open connection to the server that is primary, as far as this client knows. */
interface PrimaryLink {
  readonly node: string;
  readonly link: Link;
}

/** A client of the set, as the real one (`../client.ts`): the same commands, order, backoff and words. */
export class ModelClient implements Client {
  readonly #host: SimHost;
  readonly #config: ModelClientConfig;
  readonly #links = new Map<string, Link>();
  #closed = false;
  /** The primary's connection, as long as nobody need be asked for it. */
  #primary: PrimaryLink | undefined;
  /** Connections refused in a row. */
  #failures = 0;

  constructor(host: SimHost, config: ModelClientConfig) {
    this.#host = host;
    this.#config = config;
  }

  invoke(op: Invocation): Promise<Outcome> {
    if (op.f === 'add') return this.#add(op.value as number);
    if (op.f === 'read') return this.#read();
    if (op.f === 'read-node') return this.#readNode((op.value as [string, null])[0]);
    throw new TypeError(`the Redis client knows no operation "${op.f}"`);
  }

  /** Connects beforehand, as far as that succeeds. Never throws. */
  async open(): Promise<void> {
    await this.#findPrimary().catch(() => {});
  }

  close(): void {
    this.#closed = true;
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  async #add(element: number): Promise<Outcome> {
    let stage: Stage = 'before';
    try {
      const { node, link } = this.#primary?.link.open ? this.#primary : await this.#findPrimary();
      stage = 'sent';
      this.#host.detail('send', () => `sends ${element} to ${node}`, [element]);
      await ask(link, { command: 'SADD', element });
      const { wait: replicas, waitTimeoutMs } = this.#config;
      if (replicas === 0) return OK;
      stage = 'after';
      const reached = (await ask(link, { command: 'WAIT', replicas, timeoutMs: waitTimeoutMs })) as number;
      if (reached >= replicas) return OK;
      return { type: 'info', error: `WAIT ${replicas}: only ${reached} replicas had it within ${waitTimeoutMs} ms` };
    } catch (error) {
      return this.#ended(error, stage);
    }
  }

  async #read(): Promise<Outcome> {
    try {
      const { link } = await this.#findPrimary();
      const commands: Command[] = [{ command: 'ROLE' }, { command: 'SMEMBERS' }];
      const [role, members] = (await ask(link, { command: 'EXEC', commands })) as [string, number[]];
      if (role !== 'master') throw new Error(`the server that is said to be primary calls itself ${role}`);
      return { type: 'ok', value: sorted(members) };
    } catch (error) {
      return this.#ended(error, 'before');
    }
  }

  async #readNode(node: string): Promise<Outcome> {
    try {
      if (!this.#config.nodes.includes(node)) throw new Error(`there is no node "${node}"`);
      const members = await ask(await this.#connection(node, REDIS_PORT), { command: 'SMEMBERS' });
      return { type: 'ok', value: [node, sorted(members as number[])] };
    } catch (error) {
      return this.#ended(error, 'before');
    }
  }

  #ended(error: unknown, stage: Stage): Outcome {
    this.#primary = undefined;
    return classify(error, stage);
  }

  async #findPrimary(): Promise<PrimaryLink> {
    const { sentinel, nodes, askSentinel } = this.#config;
    const node = sentinel ? await this.#askSentinel() : (nodes[0] as string);
    const primary = { node, link: await this.#connection(node, REDIS_PORT) };
    if (!sentinel || askSentinel === 'on-error') this.#primary = primary;
    return primary;
  }

  async #askSentinel(): Promise<string> {
    const { home } = this.#host.seat;
    const sentinel = await this.#connection(home, SENTINEL_PORT);
    try {
      const question: SentinelCommand = { command: 'GET-MASTER-ADDR-BY-NAME' };
      const answer = await ask(sentinel, question, this.#config.connectTimeoutMs);
      if (typeof answer !== 'string') throw new Error(`the Sentinel at ${home} knows no primary "${PRIMARY_NAME}"`);
      return answer;
    } catch (error) {
      sentinel.close();
      this.#links.delete(keyOf(home, SENTINEL_PORT));
      throw error;
    }
  }

  /** The open connection to a port of a node, or a new one. */
  async #connection(node: string, port: number): Promise<Link> {
    const key = keyOf(node, port);
    const open = this.#links.get(key);
    if (open?.open) return open;
    this.#links.delete(key);
    if (this.#failures > 0) {
      await this.#host.sleep(Math.min(BACKOFF_MS * 2 ** (this.#failures - 1), BACKOFF_MS_MAX));
      this.#refuseClosed();
    }
    this.#failures++;
    const link = await connect(this.#host, node, port, this.#config.connectTimeoutMs);
    this.#failures = 0;
    if (this.#closed) link.close();
    this.#refuseClosed();
    this.#links.set(key, link);
    return link;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Error('the client was closed');
  }
}

const keyOf = (node: string, port: number) => `${node}:${port}`;

async function connect(host: SimHost, node: string, port: number, timeoutMs: number): Promise<Link> {
  try {
    return await host.connect(node, port, timeoutMs);
  } catch (error) {
    if (error instanceof SimError && error.code === 'ETIMEDOUT')
      throw new Error(`no connection to ${node}:${port} within ${timeoutMs} ms`, { cause: error });
    throw error;
  }
}

/** @throws an error worded as the driver words it: a refusal in Redis's own words, a lost connection, no answer in time. */
async function ask(link: Link, command: Command | SentinelCommand, timeoutMs?: number): Promise<unknown> {
  if (!link.open) throw new Error("Stream isn't writeable and enableOfflineQueue options is false");
  let reply: unknown;
  try {
    reply = await link.ask(command, timeoutMs);
  } catch (error) {
    const late = error instanceof SimError && error.code === 'ETIMEDOUT' && timeoutMs !== undefined;
    throw new Error(late ? 'Command timed out' : 'Connection is closed.', { cause: error });
  }
  if (isRefusal(reply)) throw new Error(reply.error);
  return reply;
}

function sorted(members: readonly number[]): number[] {
  return Array.from(Float64Array.from(members).sort());
}
