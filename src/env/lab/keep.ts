import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import { type LabOperator, openLabOperator } from './operator.ts';
import { type Answer, linesOf, METHODS, type Request } from './standing.ts';

/**
 * Keeps a lab, inside its namespaces, and does what it is asked over the socket at `path`, one thing after another.
 * Resolves when all its nodes have been shut down, after `forMs`, or by `signal`; then nothing is left.
 * @throws PlanRunError where the lab cannot be made.
 */
export async function keepLab(
  path: string,
  nodes: readonly string[],
  forMs: number,
  signal: AbortSignal,
): Promise<void> {
  let say: (words: string) => void = () => {};
  const operator = await openLabOperator(nodes, (words) => say(words));
  let last: Promise<void> = Promise.resolve();

  async function answer(socket: Socket, line: string): Promise<void> {
    const send = (words: Answer) => socket.write(`${JSON.stringify(words)}\n`);
    say = (words) => send({ say: words });
    try {
      send({ result: (await perform(operator, JSON.parse(line))) ?? null });
    } catch (error) {
      const { code, fields } = error instanceof PlanRunError ? error : { code: 'bug' as const, fields: {} };
      send({ error: { code, message: messageOf(error), fields: { ...fields, cause: undefined } } });
    }
  }

  const server = createServer((socket) => {
    // Who has asked may have gone meanwhile.
    socket.on('error', () => {});
    linesOf(socket, (line) => {
      last = last.then(() => answer(socket, line));
    });
  });
  try {
    await listen(server, path);
    await over([operator.over, signal], forMs);
    await last;
  } finally {
    // It takes the socket away, too.
    server.close();
    await operator.close();
  }
}

function perform(operator: LabOperator, { method, args }: Request): unknown {
  if (method === 'names') return operator.nodes;
  if (!METHODS.includes(method)) throw new PlanRunError('usage', `This lab cannot "${method}"`);
  return (operator[method] as (...args: readonly unknown[]) => unknown)(...args);
}

/** A socket that nobody listens at is what a killed lab has left. @throws PlanRunError where another lab listens there. */
async function listen(server: Server, path: string): Promise<void> {
  if (await isListenedTo(path)) throw new PlanRunError('unavailable', 'Another lab has been started meanwhile');
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function isListenedTo(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Until one of them aborts, or the time is over. */
function over(signals: readonly AbortSignal[], timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    for (const signal of signals) {
      if (signal.aborted) end();
      signal.addEventListener('abort', end);
    }
  });
}
