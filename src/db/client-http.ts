/**
 * HTTP for clients, over node:http rather than fetch: a client of the lab has a source address of its own (fetch cannot bind
 * to one), and it must know whether its request can have reached anybody (fetch does not tell).
 */
import { Agent, type ClientRequest, request } from 'node:http';
import { messageOf } from '../base/errors.ts';

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Longest wait for the whole answer. Default: for ever, the operation's own timeout closes the client. */
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The server said how long the body is; else it may have been cut short, and nobody can tell. */
  readonly measured: boolean;
}

/** There was no answer. */
export class HttpError extends Error {
  /** Whether the request can have reached the server: false only where there was no connection to send it over. */
  readonly sent: boolean;
  /** `ECONNREFUSED`, `ECONNRESET`, ...; `ETIMEDOUT` for our own deadlines; undefined where the system gave none. */
  readonly code: string | undefined;
  constructor(message: string, { sent, code }: { readonly sent: boolean; readonly code?: string | undefined }) {
    super(message);
    this.name = 'HttpError';
    this.sent = sent;
    this.code = code;
  }
}

export interface HttpEndpoint {
  readonly host: string;
  readonly port: number;
  /** Source address of its connections. */
  readonly localAddress?: string | undefined;
  readonly connectTimeoutMs: number;
}

/**
 * One kept-open connection to one server, one request at a time. It sends nothing twice and follows no redirect, for then
 * nobody could say what was sent. A connection that is gone is opened anew by the next request.
 */
export class HttpConnection {
  readonly #endpoint: HttpEndpoint;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** Under way, or waiting for their turn. */
  readonly #open = new Set<ClientRequest>();
  #closed = false;

  constructor(endpoint: HttpEndpoint) {
    this.#endpoint = endpoint;
  }

  /** @throws HttpError where no whole answer came. */
  ask({ method, path, headers, body, timeoutMs }: HttpRequest): Promise<HttpAnswer> {
    const { host, port, localAddress, connectTimeoutMs } = this.#endpoint;
    const where = `${host}:${port}`;
    if (this.#closed) return Promise.reject(new HttpError('the client was closed', { sent: false }));
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const asked = request({
        ...{ host, port, method, path, agent: this.#agent, headers: { ...headers, ...length } },
        ...(localAddress === undefined ? {} : { localAddress }),
      });
      let sent = false;
      const giveUp = (words: string) => asked.destroy(Object.assign(new Error(words), { code: 'ETIMEDOUT' }));
      const connecting = setTimeout(
        giveUp,
        connectTimeoutMs,
        `no connection to ${where} within ${connectTimeoutMs} ms`,
      );
      const answering =
        timeoutMs === undefined
          ? undefined
          : setTimeout(giveUp, timeoutMs, `no answer from ${where} within ${timeoutMs} ms`);
      this.#open.add(asked);
      const end = () => {
        this.#open.delete(asked);
        clearTimeout(connecting);
        clearTimeout(answering);
      };
      const fail = (error: Error & { code?: string }) => {
        end();
        reject(new HttpError(messageOf(error), { sent, code: error.code }));
      };
      const connected = () => {
        sent = true;
        clearTimeout(connecting);
      };
      asked.on('socket', (socket) => {
        // Not `connecting`: that is over, too, where the system has refused at once (ENETUNREACH).
        if (socket.pending) socket.once('connect', connected);
        else connected();
      });
      asked.on('error', fail);
      asked.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('aborted', () => fail(new Error(`the answer of ${where} broke off`)));
        response.on('end', () => {
          end();
          const { statusCode: status = 0, headers } = response;
          const measured = 'content-length' in headers || 'transfer-encoding' in headers;
          resolve({ status, headers, body: Buffer.concat(chunks), measured });
        });
      });
      asked.end(body);
    });
  }

  /** Lets go of the connection at once; what is under way ends in an error. */
  close(): void {
    this.#closed = true;
    for (const asked of this.#open) asked.destroy(new Error('the client was closed'));
    this.#agent.destroy();
  }
}
