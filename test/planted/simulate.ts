/**
 * The smallest simulation that a checker can be tried on: clients, a network that takes random time, and a database that is one
 * function, called at the instant at which an operation takes effect. What is wrong with the database is the caller's
 * business. A history of 200 operations takes less than a millisecond; the same seed gives the same history.
 */
import type { Rng } from '../../src/base/rng.ts';
import type { CheckContext } from '../../src/contract/index.ts';
import { type History, historyOf, NEMESIS, type Op } from '../../src/history/index.ts';

export interface Ask {
  readonly f: string;
  readonly value: unknown;
}

/** An operation as the database gets it. */
export interface Request extends Ask {
  /** The client's number; its process changes with each crash. */
  readonly client: number;
  readonly process: number;
  /** Nanoseconds since the run began. */
  readonly now: number;
  readonly rng: Rng;
}

/** `ok` with the value that was asked for, unless it says otherwise. */
export interface Reply {
  readonly type?: 'ok' | 'fail' | 'info';
  readonly value?: unknown;
  /** Nanoseconds that it takes beside the network's time. */
  readonly takes?: number;
}

export interface Simulated {
  /** Default: 5. */
  readonly clients?: number;
  /** How many operations are invoked, those at the end left out. Default: 200. */
  readonly ops?: number;
  /** Of 1,000 operations so many time out, half of them before they have reached the database. Default: 20. */
  readonly crashes?: number;
  /** Nanoseconds from when one operation of a client is due to the next, whatever becomes of them; else it rests a while after each. */
  readonly due?: number;
  /** What the nemesis records, and when: operations of its own, with what is beside `f` and `value`. */
  readonly nemesis?: readonly { readonly at: number; op(rng: Rng): { readonly f: string; readonly value?: unknown } }[];
  /** What the checker is told beside the history, when all is over. */
  context?(history: History): Partial<CheckContext> | Promise<Partial<CheckContext>>;
  /** What client `client` does now, `n` operations after the first; undefined: it rests a while. */
  next(client: number, rng: Rng, n: number): Ask | undefined;
  handle(request: Request): Reply;
  /** Asked one after another by one client when all others are done and everything has been quiet for a second; they do not crash. */
  readonly final?: readonly Ask[];
}

const MS = 1_000_000;
const SECOND = 1000 * MS;
/** A request or a reply under way. */
const HOP = [MS / 10, 4 * MS] as const;
const THINK = [MS / 10, 3 * MS] as const;
const TIMEOUT = 12 * MS;

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export function simulate(seed: number, simulated: Simulated): History {
  const { clients = 5, ops: count = 200, crashes = 20, due, nemesis = [], final = [] } = simulated;
  const rng = makeDraws(seed);
  const ops: Op[] = [];
  const queue: Event[] = [];
  let now = 0;
  let ordered = 0;
  let invoked = 0;

  const between = ([min, max]: readonly [number, number]) => rng.int(min, max);
  const after = (delay: number, run: () => void) => {
    const event = { at: now + delay, order: ordered++, run };
    let place = queue.length;
    while (place > 0 && isAfter(queue[place - 1] as Event, event)) place--;
    queue.splice(place, 0, event);
  };
  const record = (type: Op['type'], process: Op['process'], { f, value }: Ask, more?: object) =>
    ops.push({ index: ops.length, time: now, type, process, f, value, ...more });
  // With a spread this would be most of a run.
  const handle = (client: number, process: number, { f, value }: Ask) =>
    simulated.handle({ f, value, client, process, now, rng });

  const turn = (client: number, process: number) => {
    if (invoked >= count) return;
    const ask = simulated.next(client, rng, invoked);
    if (ask === undefined) return after(between(THINK), () => turn(client, process));
    invoked++;
    const wanted = dues[client] as number;
    record('invoke', process, ask, due === undefined ? undefined : { late: now - wanted });
    if (due !== undefined) dues[client] = wanted + due;
    const rest = () => (due === undefined ? between(THINK) : Math.max(0, wanted + due - now));
    const goOn = (next: number) => after(rest(), () => turn(client, next));
    const crash = rng.int(1, 1000) <= crashes;
    // One that crashes may arrive when nobody waits any more, or never.
    if (!crash || rng.int(0, 1) === 1) {
      after(crash ? 3 * between(HOP) : between(HOP), () => {
        const { type = 'ok', value = ask.value, takes = 0 } = handle(client, process, ask);
        if (crash) return;
        after(takes + between(HOP), () => {
          record(type, process, { f: ask.f, value });
          goOn(type === 'info' ? process + clients : process);
        });
      });
    }
    if (crash) {
      after(TIMEOUT, () => {
        record('info', process, ask);
        goOn(process + clients);
      });
    }
  };

  const dues: number[] = [];
  for (let client = 0; client < clients; client++) {
    dues[client] = between(THINK);
    after(dues[client] as number, () => turn(client, client));
  }
  for (const { at, op } of nemesis) {
    after(at, () => {
      const { f, value = null, ...more } = op(rng);
      record('info', NEMESIS, { f, value }, more);
    });
  }
  const drain = () => {
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      now = event.at;
      event.run();
    }
  };
  drain();
  now += SECOND;
  const process = 1_000_000;
  for (const ask of final) {
    record('invoke', process, ask);
    now += between(HOP);
    const { type = 'ok', value = ask.value } = handle(0, process, ask);
    now += between(HOP);
    record(type, process, { f: ask.f, value });
  }
  return historyOf(ops);
}

function isAfter(one: Event, other: Event): boolean {
  return one.at > other.at || (one.at === other.at && one.order > other.order);
}

/** As `makeRng`, in a tenth of the time (a Weyl sequence through MurmurHash3's finalizer): most of a run would be draws. */
export function makeDraws(seed: number): Rng {
  let state = Math.imul(seed, 0x85ebca6b) ^ 0x27d4eb2f;
  return {
    int(min, max) {
      state = (state + 0x9e3779b9) | 0;
      let h = state;
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      return min + Math.floor((((h ^ (h >>> 16)) >>> 0) / 2 ** 32) * (max - min + 1));
    },
    fork: (name) => makeDraws(Math.imul(seed, 31) + name.length),
  };
}
