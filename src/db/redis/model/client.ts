import { type Link, SimError, type SimHost } from '../../../contract/index.ts';
import type { RedisLink, Transport } from '../client.ts';
import { REDIS_PORT } from '../config.ts';
import type { Argv } from '../scripts.ts';
import { randomId } from './history.ts';
import { type Command, isRefusal, type SentinelCommand } from './protocol.ts';

/** The simulator's connections for the client that real servers have, too: what goes wrong is worded as ioredis words it. */
export function simulated(host: SimHost): Transport {
  const ids = host.rng.fork('ids');
  return {
    async connect({ host: node, port }, { timeoutMs, answerMs }) {
      try {
        return new ModelLink(await host.connect(node, port, timeoutMs), answerMs);
      } catch (error) {
        if (error instanceof SimError && error.code === 'ETIMEDOUT')
          throw new Error(`no connection to ${node}:${port} within ${timeoutMs} ms`, { cause: error });
        throw error;
      }
    },
    sleep: (ms) => host.sleep(ms),
    nowMs: () => host.nowMs(),
    unique: () => randomId(ids),
    sends([command, key, ...args], { host: node }) {
      if (command === 'SADD') host.detail('send', () => `sends ${args[0]} to ${node}`, [Number(args[0])]);
      else host.detail('send', () => `sends ${[command, key, ...args].join(' ')} to ${node}`);
    },
  };
}

class ModelLink implements RedisLink {
  readonly #link: Link;
  readonly #answerMs: number | undefined;

  constructor(link: Link, answerMs: number | undefined) {
    this.#link = link;
    this.#answerMs = answerMs;
  }

  get open(): boolean {
    return this.#link.open;
  }

  async call(argv: Argv): Promise<unknown> {
    const answer = await this.#ask(asCommand(argv));
    // A Sentinel of the model says a node; a real one its address.
    return argv[0] === 'SENTINEL' && typeof answer === 'string' ? [answer, String(REDIS_PORT)] : answer;
  }

  async transaction(commands: readonly Argv[]): Promise<unknown[]> {
    const answers = await this.#ask({ command: 'EXEC', commands: commands.map(asCommand) as Command[] });
    return (answers as unknown[]).map((answer, index) => (commands[index]![0] === 'ROLE' ? [answer] : answer));
  }

  close(): void {
    this.#link.close();
  }

  async #ask(command: Command | SentinelCommand): Promise<unknown> {
    if (!this.#link.open) throw new Error("Stream isn't writeable and enableOfflineQueue options is false");
    let reply: unknown;
    try {
      reply = await this.#link.ask(command, this.#answerMs);
    } catch (error) {
      const late = error instanceof SimError && error.code === 'ETIMEDOUT' && this.#answerMs !== undefined;
      throw new Error(late ? 'Command timed out' : 'Connection is closed.', { cause: error });
    }
    if (isRefusal(reply)) throw new Error(reply.error);
    return reply;
  }
}

function asCommand(argv: Argv): Command | SentinelCommand {
  const [command, first, second] = argv;
  if (command === 'ROLE') return { command };
  if (command === 'SENTINEL') return { command: 'GET-MASTER-ADDR-BY-NAME' };
  if (command === 'WAIT') return { command, replicas: Number(first), timeoutMs: Number(second) };
  return { command: 'DATA', argv };
}
