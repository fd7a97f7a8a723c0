import { createConnection, type Socket } from 'node:net';
import { AbstractConnector, Redis } from 'ioredis';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ConnectOptions {
  /** Source address of the connection. */
  readonly localAddress?: string | undefined;
  readonly password?: string | undefined;
  readonly timeoutMs: number;
  /** Longest wait for a reply. Default: for ever, the operation's own timeout closes the client. */
  readonly commandTimeoutMs?: number;
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
