import type { Rng } from '../../../src/base/rng.ts';
import { type Completed, type History, historyOf, type Op, pairs } from '../../../src/history/index.ts';
import { type Ask, makeDraws } from '../../planted/simulate.ts';

/** How one operation ends; its value is the one that was asked for unless it says otherwise. Without a type it never ends. */
export interface End {
  readonly type?: 'ok' | 'fail' | 'info';
  readonly value?: unknown;
}

/** A history of `count` operations by three processes, interleaved at random. There is no database: the answers are drawn, too. */
export function randomHistory(
  seed: number,
  count: number,
  next: (rng: Rng) => Ask,
  end: (rng: Rng, ask: Ask) => End,
): History {
  const rng = makeDraws(seed);
  const ops: Op[] = [];
  const open: { process: number; ask: Ask }[] = [];
  const free = [0, 1, 2];
  let names = free.length;
  let time = 0;
  const record = (type: Op['type'], process: number, f: string, value: unknown) => {
    time += rng.int(0, 3_000_000);
    ops.push({ index: ops.length, time, type, process, f, value });
  };
  for (let invoked = 0; invoked < count || open.length > 0; ) {
    if (invoked < count && free.length > 0 && (open.length === 0 || rng.int(0, 1) === 0)) {
      const process = free.splice(rng.int(0, free.length - 1), 1)[0] as number;
      const ask = next(rng);
      record('invoke', process, ask.f, ask.value);
      open.push({ process, ask });
      invoked++;
      continue;
    }
    const [{ process, ask }] = open.splice(rng.int(0, open.length - 1), 1) as [(typeof open)[number]];
    const { type, value = ask.value } = end(rng, ask);
    if (type !== undefined) record(type, process, ask.f, value);
    free.push(type === 'ok' || type === 'fail' ? process : names++);
  }
  return historyOf(ops);
}

/** Mostly ok. */
export function anyEnd(rng: Rng): NonNullable<End['type']> | undefined {
  const draw = rng.int(0, 19);
  if (draw < 15) return 'ok';
  return (['fail', 'fail', 'info', 'info'] as const)[draw - 15];
}

/** Each of these, or not. */
export function someOf<T>(rng: Rng, items: readonly T[], percent = 50): T[] {
  return items.filter(() => rng.int(1, 100) <= percent);
}

/** The calls of a history, for definitions that are written down without regard to their cost. */
export interface Call {
  readonly f: string;
  readonly asked: unknown;
  readonly got: unknown;
  readonly process: number;
  readonly type: 'ok' | 'fail' | 'info';
  readonly began: number;
  /** Infinity where it never ended ok. */
  readonly ended: number;
  readonly beganTime: number;
  readonly endedTime: number;
  /** When it was over, however it ended; Infinity where it never was. */
  readonly over: number;
}

export function callsOf(history: History): Call[] {
  return [...pairs(history)].map(({ invoke, completion }: Completed) => ({
    f: invoke.f,
    asked: invoke.value,
    got: completion?.value,
    process: invoke.process as number,
    type: completion?.type === 'ok' || completion?.type === 'fail' ? completion.type : 'info',
    began: invoke.index,
    ended: completion?.type === 'ok' ? completion.index : Number.POSITIVE_INFINITY,
    beganTime: invoke.time,
    endedTime: completion?.time ?? Number.NaN,
    over: completion?.index ?? Number.POSITIVE_INFINITY,
  }));
}
