import { type Clock, NS_PER_MS } from '../../base/clock.ts';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import { EventQueue, type SimEvent } from './event-queue.ts';
import { Sleepers } from './sleepers.ts';

/** Events in a row before the event loop is let in: a signal must be heard, a terminal drawn. */
const EVENTS_PER_TURN = 5_000;

/**
 * Virtual time. Events happen in the order of their time, and of their making at one time; between two of them no time
 * passes for anybody. The world outside (the executor, the clients) waits by promises: when an event has settled one,
 * the kernel stands still until all that follows from it has been done, so that what happens next never depends on how
 * busy the machine is. Without anybody who waits, time stands still.
 */
export class Kernel {
  readonly clock: Clock;
  /** Aborted, with a PlanRunError `bug`, when an event threw: a model broke its own invariant. */
  readonly failure: AbortSignal;
  readonly #failed = new AbortController();
  readonly #queue = new EventQueue();
  readonly #sleepers = new Sleepers();
  #now = 0;
  /** Promises that are to be settled by events. */
  #waiting = 0;
  /** An event has settled a promise: what waits for it comes first. */
  #touched = false;
  #ticking = false;
  /** Events since the event loop was let in. */
  #inARow = 0;
  #held = 0;
  /** Somebody waits, and there was nothing that could happen. */
  #stuck = false;
  #poweredOff = false;

  constructor() {
    this.failure = this.#failed.signal;
    this.clock = { now: () => this.#now, sleepUntil: (timeNs, signal) => this.#sleepUntil(timeNs, signal) };
  }

  /** Nanoseconds since the run began. */
  now(): number {
    return this.#now;
  }

  /** Lets `work` happen `delayNs` from now. It belongs to the simulated world: after `powerOff` it does not happen. */
  after(delayNs: number, work: () => void): SimEvent {
    const event = this.#queue.add(this.#now + Math.max(0, Math.round(delayNs)), work);
    if (this.#stuck) this.#tick();
    return event;
  }

  /** A promise that an event will settle by `settle`; meanwhile time passes. What `begin` throws settles it, too. */
  promise<T>(begin: (settle: Settle<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting++;
      let settled = false;
      const once = (end: () => void) => {
        if (settled) return;
        settled = true;
        this.#waiting--;
        this.#touched = true;
        end();
      };
      const settle: Settle<T> = {
        resolve: (value) => once(() => resolve(value)),
        reject: (error) => once(() => reject(error)),
      };
      try {
        begin(settle);
      } catch (error) {
        settle.reject(error);
      }
      this.#tick();
    });
  }

  /** Lets no time pass until `work`, which takes real time, has ended. */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#held++;
    try {
      return await work;
    } finally {
      this.#held--;
      this.#tick();
    }
  }

  /** Ends the simulated world; who sleeps outside still wakes up. */
  powerOff(): void {
    this.#poweredOff = true;
  }

  #sleepUntil(timeNs: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return this.promise(({ resolve, reject }) => {
      const abort = () => {
        event.cancel();
        reject(signal?.reason);
      };
      const wake = () => {
        if (signal !== undefined) this.#sleepers.remove(signal, abort);
        resolve();
      };
      const event = this.#queue.add(Math.max(this.#now, Math.ceil(timeNs)), wake, true);
      if (signal !== undefined) this.#sleepers.add(signal, abort);
    });
  }

  #tick(): void {
    if (this.#ticking || this.#held > 0 || this.#waiting === 0) return;
    this.#ticking = true;
    if (this.#inARow < EVENTS_PER_TURN) afterAllThatFollows(this.#turn);
    else {
      this.#inARow = 0;
      setImmediate(this.#turn);
    }
  }

  readonly #turn = () => {
    this.#ticking = false;
    if (this.#held === 0) this.#run();
  };

  #run(): void {
    this.#touched = false;
    this.#stuck = false;
    for (; this.#inARow < EVENTS_PER_TURN && !this.#touched && this.#waiting > 0; this.#inARow++) {
      const event = this.#queue.take();
      if (event === undefined) {
        this.#stuck = true;
        return;
      }
      if (this.#poweredOff && !event.outside) continue;
      this.#now = Math.max(this.#now, event.atNs);
      try {
        event.work();
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#tick();
  }

  #fail(cause: unknown): void {
    this.powerOff();
    const at = (this.#now / NS_PER_MS / 1000).toFixed(6);
    const message = `The simulation has gone wrong at ${at} s of the run: ${messageOf(cause)}`;
    this.#failed.abort(new PlanRunError('bug', message, { cause }));
    this.#touched = true;
  }
}

const DONE = Promise.resolve();

/**
 * Calls `work` when everything that promises have set free is done, whatever follows from it: when no microtask is left,
 * and none behind what those have put off by `process.nextTick`. Node takes a tick when there is no microtask; a turn of
 * its event loop, which would do, too, takes three times as long.
 */
function afterAllThatFollows(work: () => void): void {
  const tick = () => void DONE.then(() => process.nextTick(work));
  DONE.then(() => process.nextTick(tick));
}

export interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}
