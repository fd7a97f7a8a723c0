/** What a client must know of an HTTP request that had no answer: whether it can have been sent. Real sockets on loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpConnection, type HttpError } from '../../src/db/client-http.ts';

const opened: (Server | TcpServer)[] = [];
const connections: HttpConnection[] = [];
const children: ChildProcess[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of opened.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen<S extends Server | TcpServer>(server: S): Promise<number> {
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

const serve = (answer: RequestListener) => listen(createServer(answer));

/** Hands over what a client has sent, in the first piece. */
const tcp = (hear: (socket: Socket, text: string) => void) =>
  listen(createTcpServer((socket) => socket.on('error', () => {}).once('data', (text) => hear(socket, String(text)))));

/** A port whose listener takes nobody in, and whose queue is full: a SYN has no answer. */
async function fullServer(): Promise<number> {
  const program = `const server = require('net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['-e', program]);
  children.push(child);
  const port = Number(String(await new Promise((resolve) => child.stdout.once('data', resolve))));
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    sockets.push(socket);
    const isIn = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      setTimeout(resolve, 200, false);
    });
    if (!isIn) return port;
  }
}

function connection(port: number, options: { localAddress?: string; connectTimeoutMs?: number } = {}): HttpConnection {
  const made = new HttpConnection({ host: '127.0.0.1', port, connectTimeoutMs: 500, ...options });
  connections.push(made);
  return made;
}

const failure = (promise: Promise<unknown>): Promise<HttpError> =>
  promise.then(
    (answer) => expect.fail(`an answer: ${JSON.stringify(answer)}`),
    (error) => error,
  );

describe('an HTTP connection', () => {
  it('asks with method, path, headers and body, and gives the whole answer', async () => {
    const port = await serve(async (request, response) => {
      const body = (await request.toArray()).join('');
      response.writeHead(201, { 'X-Said': `${request.method} ${request.url} ${request.headers['x-key']} ${body}` });
      response.write('one ');
      response.end('two é');
    });
    const ask = connection(port);
    const asked = { method: 'POST', path: '/a?b=c', headers: { 'X-Key': 'k' }, body: 'café' };
    const { status, headers, body } = await ask.ask(asked);
    expect([status, headers['x-said'], body.toString()]).toEqual([201, 'POST /a?b=c k café', 'one two é']);
    expect((await ask.ask({ method: 'GET', path: '/' })).headers['x-said']).toBe('GET / undefined');
  });

  it('is kept, comes from its own address, and follows no redirect', async () => {
    const seen = new Set<string>();
    const port = await serve((request, response) => {
      seen.add(`${request.socket.remoteAddress}:${request.socket.remotePort}`);
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const asking = connection(port, { localAddress: '127.77.0.9' });
    for (let k = 0; k < 5; k++) expect((await asking.ask({ method: 'PUT', path: '/' })).status).toBe(307);
    expect([...seen]).toEqual([expect.stringMatching(/^127\.77\.0\.9:/)]);
  });

  it('knows that nothing was sent where nobody listens', async () => {
    const port = await serve(() => {});
    await new Promise((resolve) => opened.pop()?.close(resolve));
    expect(await failure(connection(port).ask({ method: 'GET', path: '/' }))).toMatchObject({
      name: 'HttpError',
      sent: false,
      code: 'ECONNREFUSED',
    });
  });

  it('knows that nothing was sent where no connection came in time', async () => {
    const port = await fullServer();
    const error = await failure(connection(port, { connectTimeoutMs: 100 }).ask({ method: 'GET', path: '/' }));
    const message = `no connection to 127.0.0.1:${port} within 100 ms`;
    expect(error).toMatchObject({ sent: false, code: 'ETIMEDOUT', message });
    const impatient = connection(port).ask({ method: 'GET', path: '/', timeoutMs: 50 });
    expect(await failure(impatient)).toMatchObject({ sent: false, message: expect.stringContaining('no answer') });
  });

  it('knows that nothing was sent from an address that is not ours', async () => {
    const port = await serve((_, response) => response.end());
    // For documentation only (RFC 5737): nobody has it.
    const error = await failure(connection(port, { localAddress: '192.0.2.1' }).ask({ method: 'GET', path: '/' }));
    expect(error).toMatchObject({ sent: false, code: 'EADDRNOTAVAIL' });
  });

  it.each([
    ['closes without an answer', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['breaks off within the body', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')],
    ['answers no HTTP', (socket: Socket) => socket.end('no\r\n\r\n')],
  ])('does not know what became of a request whose server %s, and sends it once', async (_, hear) => {
    const heard: string[] = [];
    const port = await tcp((socket, text) => {
      heard.push(text);
      hear(socket);
    });
    const error = await failure(connection(port).ask({ method: 'PUT', path: '/x', body: '1' }));
    expect(error).toMatchObject({ name: 'HttpError', sent: true });
    expect(heard.length).toBe(1);
  });

  it('waits for an answer as long as it was told, and asks anew over another connection', async () => {
    let asked = 0;
    const port = await serve((_, response) => {
      if (++asked > 1) response.end('ok');
    });
    const asking = connection(port);
    const error = await failure(asking.ask({ method: 'PUT', path: '/', timeoutMs: 100 }));
    expect(error).toMatchObject({
      sent: true,
      code: 'ETIMEDOUT',
      message: `no answer from 127.0.0.1:${port} within 100 ms`,
    });
    expect((await asking.ask({ method: 'PUT', path: '/' })).body.toString()).toBe('ok');
    expect(asked).toBe(2);
  });

  it('that is closed sends nothing of what waited for its turn', async () => {
    const heard: string[] = [];
    const port = await serve(({ url }) => void heard.push(String(url)));
    const asking = connection(port);
    const asked = ['/1', '/2', '/3'].map((path) => failure(asking.ask({ method: 'PUT', path })));
    await expect.poll(() => heard).toEqual(['/1']);
    asking.close();
    expect((await Promise.all(asked)).map(({ sent }) => sent)).toEqual([true, false, false]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toEqual(['/1']);
  });

  it('that is closed ends what is under way, and sends nothing any more', async () => {
    let asked = 0;
    const port = await serve(() => {
      asked++;
      asking.close();
    });
    const asking = connection(port);
    expect(await failure(asking.ask({ method: 'PUT', path: '/' }))).toMatchObject({ sent: true });
    expect(await failure(asking.ask({ method: 'PUT', path: '/' }))).toMatchObject({ sent: false });
    expect(asked).toBe(1);
  });
});
