import type { Rng } from '../base/rng.ts';
import type { Generator, GeneratorContext, NextOp } from '../contract/index.ts';

/** A client's next operation in its share of the work. */
export interface Turn {
  readonly client: number;
  /** Its place among the operations of all clients; no two have the same, so that it can be a value that is written once. */
  readonly place: number;
  /** The client's own stream: what it draws depends on nobody else's pace. */
  readonly stream: Rng;
}

/** `count` operations, shared evenly: client i of n does those of the places i, i+n, i+2n, ..., as `next` makes them. */
export function inTurns(
  count: number,
  { clients, rng }: Pick<GeneratorContext, 'clients' | 'rng'>,
  next: (turn: Turn) => NextOp,
): Generator {
  const streams = Array.from({ length: clients }, (_, client) => rng.fork(`client ${client}`));
  const done = new Uint32Array(clients);
  return {
    next(client) {
      const place = client + done[client]! * clients;
      if (place >= count) return undefined;
      done[client]!++;
      return next({ client, place, stream: streams[client]! });
    },
  };
}
