/** Servers of a test on loopback addresses, each answering as the test says; closed when the test is over. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Where it came from. */
  readonly from: string | undefined;
}

/** What it answers; `hang` and `break`: nothing, or a connection that ends in the middle of the answer. */
export type Answer = { readonly status: number; readonly body?: string } | 'hang' | 'break' | 'reset';

export interface TestServer {
  readonly port: number;
  readonly asked: Asked[];
}

export async function serve(answer: (asked: Asked) => Answer, host = '127.0.0.1', port = 0): Promise<TestServer> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method, url, headers, socket } = incoming;
    const one = { method, url, headers, body: Buffer.concat(chunks).toString(), from: socket.remoteAddress };
    asked.push(one);
    const said = answer(one);
    if (said === 'reset') socket.destroy();
    else if (said === 'break') {
      outgoing.writeHead(200, { 'content-length': '100' });
      outgoing.write('[1, 2', () => socket.destroy());
    } else if (said !== 'hang') outgoing.writeHead(said.status).end(said.body ?? '');
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, asked };
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const DEAF =
  "const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port))";

/** A port of 127.0.0.1 that takes no further connection, and refuses none: its server is stopped, and its queue is full. */
export async function deafPort(): Promise<number> {
  const server = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void server.kill('SIGKILL'));
  const port = Number(String((await once(server.stdout, 'data'))[0]));
  server.kill('SIGSTOP');
  for (let connected = true; connected; ) {
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const signal = AbortSignal.timeout(200);
    connected = await once(socket, 'connect', { signal }).then(
      () => true,
      () => false,
    );
  }
  return port;
}
