import { connect, type Socket } from 'node:net';
import { word } from '../shell/quote.ts';
import { LoginFailure } from './failure.ts';

/**
 * A TCP connection on which small packets are sent at once (RFC 896 would have them wait for each other).
 * @throws LoginFailure when there is none after `timeoutMs`.
 */
export function openSocket(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }).setNoDelay();
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new LoginFailure(
          `no answer within ${Math.round(timeoutMs / 1000)} s`,
          `is the machine on, and is ${host} its address? A firewall on the way may drop packets to port ${port}`,
        ),
      );
    }, timeoutMs);
    const failed = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(unreachable(error, host, port));
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

function unreachable(error: NodeJS.ErrnoException, host: string, port: number): LoginFailure {
  // Where a name has several addresses the message is empty, and the code that of the first.
  const message = error.message || (error.code ?? 'no connection');
  switch (error.code) {
    case 'ECONNREFUSED':
      return new LoginFailure('connection refused', `does sshd run there, and on port ${port}?`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new LoginFailure(`no address for "${host}" (${error.code})`, 'check `host` in the inventory, or the DNS');
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new LoginFailure(`no route (${error.code})`, 'is the machine on, and in a network that this one reaches?');
    default:
      return new LoginFailure(message, `try: nc -vz -- ${word(host)} ${port}`);
  }
}
