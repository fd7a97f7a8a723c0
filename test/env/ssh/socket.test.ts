import { createServer, Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { openSocket } from '../../../src/env/ssh/socket.ts';

it('a socket sends small packets at once: two in a row would take 45 ms instead of 2', async () => {
  const server = createServer((peer) => peer.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const asked = vi.spyOn(Socket.prototype, 'setNoDelay');
  try {
    const socket = await openSocket('127.0.0.1', (server.address() as { port: number }).port, 5_000);
    expect(asked.mock.contexts).toContain(socket);
    expect(asked.mock.calls.flat()).not.toContain(false);
    socket.destroy();
  } finally {
    asked.mockRestore();
    server.close();
  }
});
