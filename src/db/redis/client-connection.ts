import { randomUUID } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbstractConnector, Redis } from 'ioredis';
import type { Endpoint, RedisLink, Transport } from './client.ts';
import type { Argv } from './scripts.ts';

export interface ConnectOptions {
  /** Source address of the connection. */
  readonly localAddress?: string | undefined;
  readonly password?: string | undefined;
  readonly timeoutMs: number;
  /** Longest wait for a reply. Default: for ever, the operation's own timeout closes the client. */
  readonly commandTimeoutMs?: number;
}

/** Sockets from `localAddress`. A Sentinel has no password of its own. */
export function sockets(localAddress?: string, password?: string): Transport {
  return {
    async connect(endpoint, { timeoutMs, answerMs, sentinel }) {
      const redis = await connectRedis(endpoint, {
        localAddress,
        password: sentinel ? undefined : password,
        timeoutMs,
        ...(answerMs !== undefined && { commandTimeoutMs: answerMs }),
      });
      return new SocketLink(redis);
    },
    sleep: (ms) => sleep(ms),
    nowMs: () => performance.now(),
    unique: randomUUID,
  };
}

class SocketLink implements RedisLink {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  get open(): boolean {
    return this.#redis.status === 'ready';
  }

  call([command, ...args]: Argv): Promise<unknown> {
    return this.#redis.call(command!, args);
  }

  async transaction(commands: readonly Argv[]): Promise<unknown[]> {
    const transaction = this.#redis.multi(commands.map(([command, ...args]) => [command!.toLowerCase(), ...args]));
    // What kept it from being carried out says more than that it was not.
    const answers = await transaction.exec().catch((error: { previousErrors?: Error[] }) => {
      throw error.previousErrors?.[0] ?? error;
    });
    return (answers ?? []).map(([refusal, answer]) => {
      if (refusal) throw refusal;
      return answer;
    });
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/**
 * Opens a connection that does what it is told once: it does not reconnect, queue or send again, for then nobody
 * could say whether a command was sent.
 * @throws what kept it from being ready, within `timeoutMs`: the socket's error, or Redis's answer to the login.
 */
export async function connectRedis(endpoint: Endpoint, options: ConnectOptions): Promise<Redis> {
  const redis = new Redis({
    Connector: connectorTo(endpoint, options.localAddress),
    lazyConnect: true,
    protocol: 2,
    disableClientInfo: true,
    // A server that is loading shall say so itself, in answer to the operation.
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: null,
    maxRetriesPerRequest: null,
    connectTimeout: 0,
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.commandTimeoutMs === undefined ? {} : { commandTimeout: options.commandTimeoutMs }),
  });
  let cause: Error | undefined;
  redis.on('error', (error: Error) => {
    cause ??= error;
  });
  const deadline = setTimeout(() => {
    cause ??= new Error(`no connection to ${endpoint.host}:${endpoint.port} within ${options.timeoutMs} ms`);
    redis.disconnect();
  }, options.timeoutMs);
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw cause ?? error;
  } finally {
    clearTimeout(deadline);
  }
}

/** ioredis's own connector knows no source address, and closes by and by; this one lets go at once. */
function connectorTo({ host, port }: Endpoint, localAddress: string | undefined) {
  return class SeatConnector extends AbstractConnector {
    constructor() {
      super(0);
    }
    async connect(): Promise<Socket> {
      const socket = createConnection({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
      this.stream = socket;
      return socket;
    }
    override disconnect(): void {
      this.stream?.destroy();
    }
  };
}
