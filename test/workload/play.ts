/** Plays a workload's generator without a database: every client in turn, with outcomes as a test has them. */
import Value from 'typebox/value';
import { makeRng } from '../../src/base/rng.ts';
import type { AnyWorkload, NextOp, Outcome } from '../../src/contract/index.ts';

export const OK: Outcome = { type: 'ok' };
export const FAIL: Outcome = { type: 'fail', error: 'refused' };
export const INFO: Outcome = { type: 'info', error: 'timeout' };

export interface Played extends NextOp {
  readonly client: number;
}

interface Game {
  readonly clients?: number;
  readonly nodes?: readonly string[];
  readonly seed?: number;
  /** How an operation ends; `turn` counts the client's own. Default: ok. */
  readonly ends?: (op: NextOp, client: number, turn: number) => Outcome;
}

/** All operations, in the order in which they were asked for; `given` as a plan has it, the rest by default. */
export function play(workload: AnyWorkload, given: object, game: Game = {}): Played[] {
  const { clients = 3, nodes = ['n1', 'n2', 'n3'], seed = 1, ends = () => OK } = game;
  const settings = withDefaults(workload, given);
  const generator = workload.generator(settings, { clients, nodes, rng: makeRng(seed) });
  const played: Played[] = [];
  const turns = Array<number>(clients).fill(0);
  for (let busy = true; busy; ) {
    busy = false;
    for (let client = 0; client < clients; client++) {
      const op = generator.next(client);
      if (op === undefined) continue;
      busy = true;
      played.push({ client, ...op });
      generator.ended?.(client, op, ends(op, client, turns[client]!++));
    }
    if (played.length > 100_000) throw new Error('the workload has no end');
  }
  return played;
}

export function withDefaults(workload: AnyWorkload, given: object) {
  return Value.Default(workload.settings, structuredClone(given)) as object;
}

/** `add 3`, `read-node [2,["n1",null]]` */
export function named({ f, value }: NextOp): string {
  return value === null ? f : `${f} ${JSON.stringify(value)}`;
}
