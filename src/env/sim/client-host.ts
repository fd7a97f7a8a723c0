import { NS_PER_MS } from '../../base/clock.ts';
import type { Rng } from '../../base/rng.ts';
import {
  CLIENTS,
  type Connection,
  type Link,
  type Loss,
  type Seat,
  SimError,
  type SimErrorCode,
  type SimHost,
} from '../../contract/index.ts';
import { connectTo } from './handshake.ts';
import { targetOf, type World } from './machine.ts';
import { Dials, type Owner } from './tcp.ts';

/** Where a client runs: a process outside the nodes that is never killed, on the side of its home's clients. */
export class ClientHost implements SimHost, Owner {
  readonly seat: Seat;
  readonly rng: Rng;
  readonly label: string;
  readonly place: number;
  readonly dials: Dials;
  readonly reachable = true;
  readonly dead = false;
  readonly #world: World;

  constructor(world: World, seat: Seat, rng: Rng) {
    this.#world = world;
    this.seat = seat;
    this.rng = rng;
    this.dials = new Dials(rng);
    this.label = `client ${seat.client}`;
    this.place = world.links.place(`${CLIENTS}@${seat.home}`);
  }

  deliver(work: () => void): void {
    work();
  }

  nowMs(): number {
    return Math.floor(this.#world.kernel.now() / NS_PER_MS);
  }

  sleep(ms: number): Promise<void> {
    const { kernel } = this.#world;
    return kernel.promise(({ resolve }) => void kernel.after(ms * NS_PER_MS, () => resolve()));
  }

  detail(what: string, words: () => string, elements?: readonly number[]): void {
    const { kernel, trace } = this.#world;
    const entry = { time: kernel.now(), node: this.label, process: 'client', what };
    trace?.({ ...entry, words: words(), ...(elements && { elements }) });
  }

  connect(node: string, port: number, timeoutMs: number): Promise<Link> {
    const { kernel } = this.#world;
    const at = `${node}:${port}`;
    return kernel.promise(({ resolve, reject }) => {
      const target = targetOf(this.#world.machine(node), port);
      const late = kernel.after(timeoutMs * NS_PER_MS, () => {
        connection.close();
        reject(new SimError('ETIMEDOUT', `connect ETIMEDOUT ${at}`));
      });
      const connection: Connection = connectTo(this.#world, this, target, {
        opened: () => {
          late.cancel();
          resolve(this.#link(connection, at));
        },
        ended: (why) => {
          late.cancel();
          const code = why === 'refused' ? 'ECONNREFUSED' : CODES[why];
          reject(new SimError(code, `connect ${code} ${at}`));
        },
      });
    });
  }

  #link(connection: Connection, at: string): Link {
    const { kernel } = this.#world;
    return {
      get open() {
        return connection.open;
      },
      send: (message) => connection.send(message),
      close: () => connection.close(),
      ask: (request, timeoutMs) =>
        kernel.promise(({ resolve, reject }) => {
          const done = (answer: unknown, lost: Loss | undefined) => {
            if (lost === undefined) resolve(answer);
            else reject(new SimError(CODES[lost], `read ${CODES[lost]} ${at}`));
          };
          connection.call(request, done, timeoutMs);
        }),
    };
  }
}

/** As Node names them: a peer that has closed the connection, while an answer is awaited, is a reset to who waits. */
const CODES: Readonly<Record<Loss, SimErrorCode>> = {
  refused: 'ECONNREFUSED',
  timeout: 'ETIMEDOUT',
  reset: 'ECONNRESET',
  closed: 'ECONNRESET',
};
