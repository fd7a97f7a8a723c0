/**
 * Histories of a register that is one, as clients would see it: each thinks 1 ms, its operation takes 10 ms, both on average and
 * exponential, and takes effect at any moment within. A third each of reads, writes and cas over five values.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { makeRng, type Rng } from '../../src/base/rng.ts';
import type { Op } from '../../src/history/index.ts';

export interface RegisterLoad {
  readonly clients: number;
  readonly ops: number;
  readonly seed: number;
  /** So many writes and cas end info; half of them have taken effect. */
  readonly crashed?: number;
  /** Reads and writes only, and no value is written twice. */
  readonly distinct?: boolean;
}

interface Client {
  process: number;
  /** When it acts next, and what it does then. */
  at: number;
  next: 'invoke' | 'effect' | 'complete';
  ends: number;
  f: string;
  asked: unknown;
  told: unknown;
  crashes: boolean;
}

const SCALE = 2 ** 24;
const VALUES = 5;

export function* registerOps({
  clients: count,
  ops,
  seed,
  crashed = 0,
  distinct = false,
}: RegisterLoad): Generator<Op> {
  const rng = makeRng(seed);
  const clients = Array.from({ length: count }, (_, process): Client => {
    const idle = { f: '', asked: null, told: null, crashes: false };
    return { process, at: exponential(rng, 1), next: 'invoke', ends: 0, ...idle };
  });
  let index = 0;
  let invoked = 0;
  let crashes = 0;
  let state: unknown = null;
  const value = () => (distinct ? invoked : rng.int(0, VALUES - 1));
  const op = (client: Client, type: Op['type'], value: unknown): Op => {
    const { process, f, at } = client;
    return { index: index++, time: Math.round(at * 1e6), type, process, f, value };
  };
  for (;;) {
    const client = clients.reduce((first, one) => (one.at < first.at ? one : first));
    if (client.next === 'invoke') {
      if (client.at === Number.POSITIVE_INFINITY) return;
      if (invoked++ === ops) {
        invoked--;
        client.at = Number.POSITIVE_INFINITY;
        continue;
      }
      client.f = (distinct ? ['read', 'write'] : ['read', 'write', 'cas'])[rng.int(0, distinct ? 1 : 2)] as string;
      client.asked = client.f === 'read' ? null : client.f === 'write' ? value() : [value(), value()];
      client.crashes = client.f !== 'read' && crashes < crashed && invoked >= ((crashes + 1) * ops) / (crashed + 1);
      if (client.crashes) crashes++;
      yield op(client, 'invoke', client.asked);
      const takes = exponential(rng, 10);
      client.ends = client.at + takes;
      const happens = !client.crashes || rng.int(0, 1) === 0;
      client.next = happens ? 'effect' : 'complete';
      client.at = happens ? client.at + (takes * rng.int(0, SCALE)) / SCALE : client.ends;
    } else if (client.next === 'effect') {
      client.told = client.asked;
      if (client.f === 'read') client.told = state;
      else if (client.f === 'write') state = client.asked;
      else {
        const [from, to] = client.asked as [unknown, unknown];
        if (from === state) state = to;
        else client.told = undefined;
      }
      client.next = 'complete';
      client.at = client.ends;
    } else {
      const failed = client.told === undefined;
      yield op(client, client.crashes ? 'info' : failed ? 'fail' : 'ok', failed ? client.asked : client.told);
      if (client.crashes) client.process += count;
      client.next = 'invoke';
      client.at += exponential(rng, 1);
    }
  }
}

function exponential(rng: Rng, mean: number): number {
  return -Math.log((rng.int(0, SCALE - 1) + 1) / SCALE) * mean;
}

/** Writes a history as JSON Lines, a thousand at a time. */
export function writeHistory(path: string, ops: Iterable<Op>): void {
  const file = openSync(path, 'w');
  let lines: string[] = [];
  for (const op of ops) {
    if (lines.push(`${JSON.stringify(op)}\n`) < 1000) continue;
    writeSync(file, lines.join(''));
    lines = [];
  }
  writeSync(file, lines.join(''));
  closeSync(file);
}
