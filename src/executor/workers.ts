import { setMaxListeners } from 'node:events';
import { inspect } from 'node:util';
import { type Clock, NS_PER_MS, NS_PER_S, sleep } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Client, Cluster, Generator, Invocation, NextOp, Outcome, Seat } from '../contract/index.ts';
import type { WorkloadRun } from '../timeline/index.ts';
import type { Recorder } from './recorder.ts';
import { bounded } from './waits.ts';

const REOPEN_BACKOFF_MS = { first: 50, most: 2_000 };
/** Longest wait for a client to let go of its connections. */
const CLOSE_MS = 1_000;

/** What clients have to do: operations, when they are due, and how long each may take. */
interface Task {
  next(client: number): NextOp | undefined;
  ended?(client: number, op: Invocation, outcome: Outcome): void;
  readonly startNs: number;
  /** Between the due times of all clients together; undefined: each goes on when it has its answer. */
  readonly gapNs: number | undefined;
  readonly timeoutMs: number;
}

/** A task as a worker has it: with somebody to tell that it has done its share, or that the executor has failed. */
interface Assignment extends Task {
  done(): void;
  failed(error: unknown): void;
}

/** One client: which process it is now, and what it waits for. */
interface Worker {
  readonly seat: Seat;
  process: number;
  connection: Client | undefined;
  backoffMs: number;
  task: Assignment | undefined;
  /** How many operations of the task it has begun. */
  turn: number;
  /** Counts the operations given up for lost: who waited for one finds that life has gone on without it. */
  life: number;
  /** The operation under way, or the last one; when it is given up (Infinity: it has ended); how it ended. */
  op: Invocation;
  deadlineNs: number;
  outcome: Outcome;
}

export interface WorkersContext {
  readonly workload: WorkloadRun;
  readonly generator: Generator;
  readonly seats: readonly Seat[];
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly recorder: Recorder;
}

/**
 * The clients at work. Each invokes one operation at a time: with a rate, operation *k* of the schedule is due at
 * k / rate and belongs to client *k mod n*; a client that is late goes on at once, so a slow operation delays
 * only the operations of its own client, and due times never move. Without a rate each client goes on at once.
 *
 * After `info` the process is over: the client is closed, opened anew, and goes on as process + n.
 */
export class Workers {
  readonly #context: WorkersContext;
  readonly #workers: Worker[];
  readonly #stop = new AbortController();
  #finished = false;
  #turn: Promise<void> | undefined;

  constructor(context: WorkersContext) {
    this.#context = context;
    // Every sleeping client listens to it.
    setMaxListeners(0, this.#stop.signal);
    this.#workers = context.seats.map((seat) => ({
      seat,
      process: seat.client,
      connection: undefined,
      backoffMs: 0,
      task: undefined,
      turn: 0,
      life: 0,
      op: { f: '', value: null },
      deadlineNs: Number.POSITIVE_INFINITY,
      outcome: { type: 'ok' },
    }));
  }

  /** Opens every client. @throws what the first one that could not be opened threw. */
  async open(): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        worker.connection = await this.#context.cluster.connect(worker.seat);
        // The run may be over by now.
        if (this.#stop.signal.aborted) await this.#close(worker.connection);
      }),
    );
  }

  /** Runs the workload to its end, or until `close`. @throws what a generator or the journal threw. */
  async run(): Promise<void> {
    const { workload, generator, clock } = this.#context;
    await this.#perform(this.#workers, {
      next: (client) => (this.#finished ? undefined : generator.next(client)),
      ended: (client, op, outcome) => generator.ended?.(client, op, outcome),
      startNs: clock.now(),
      gapNs: workload.ratePerS === null ? undefined : NS_PER_S / workload.ratePerS,
      timeoutMs: workload.timeoutMs,
    });
  }

  /** Invokes nothing more of the workload; what is under way ends as it does, and then `run`. */
  finish(): void {
    this.#finished = true;
  }

  /** One operation outside the schedule, by client 0: a final read. */
  async once(op: Invocation, timeoutMs: number): Promise<Outcome> {
    const worker = this.#workers[0] as Worker;
    const ops = [op];
    await this.#perform([worker], { next: () => ops.pop(), startNs: 0, gapNs: undefined, timeoutMs });
    return worker.outcome;
  }

  /** Stops invoking, gives up what is under way (nobody knows how it ends), and closes every client. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const worker of this.#workers) if (isWaiting(worker)) this.#giveUp(worker, 'the run was stopped');
    await Promise.all(this.#workers.map((worker) => this.#close(worker.connection)));
  }

  /** Closes a client; one that fails at that, or never ends, is let be. */
  async #close(client: Client | undefined): Promise<void> {
    const closing = Promise.resolve().then(() => client?.close());
    await bounded(closing, this.#context.clock, CLOSE_MS, 'closing a client').catch(() => {});
  }

  /** Gives workers a task, and watches over their deadlines until all are done. */
  async #perform(workers: readonly Worker[], task: Task): Promise<void> {
    const finished = new AbortController();
    const working = new Promise<void>((resolve, reject) => {
      let busy = workers.length;
      const done = () => {
        if (--busy === 0) resolve();
      };
      for (const worker of workers) {
        worker.turn = 0;
        worker.task = { ...task, done, failed: reject };
        this.#begin(worker);
      }
    });
    try {
      await Promise.race([working, this.#watchDeadlines(workers, task.timeoutMs, finished.signal)]);
    } finally {
      finished.abort();
    }
  }

  /** Looks for operations past their deadline, twenty times per timeout, until `finished`. */
  async #watchDeadlines(workers: readonly Worker[], timeoutMs: number, finished: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const everyMs = Math.max(1, Math.min(250, timeoutMs / 20));
    while (!finished.aborted) {
      await sleep(clock, everyMs, finished).catch(() => {});
      const now = clock.now();
      for (const worker of workers) if (worker.deadlineNs <= now) this.#giveUp(worker, 'timeout');
    }
  }

  #begin(worker: Worker): void {
    const task = worker.task as Assignment;
    this.#work(worker, task).catch(task.failed);
  }

  /** Works on the task until it is done, or until an operation is given up: then another call has gone on with it. */
  async #work(worker: Worker, task: Assignment): Promise<void> {
    const { clock, recorder, seats } = this.#context;
    const { client } = worker.seat;
    const { life } = worker;
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      const op = task.next(client);
      if (op === undefined) break;
      if (op.pauseMs !== undefined) await sleep(clock, op.pauseMs, stop).catch(() => {});
      const place = client + worker.turn++ * seats.length;
      const dueNs = task.gapNs === undefined ? undefined : task.startNs + Math.round(place * task.gapNs);
      if (dueNs === undefined || clock.now() >= dueNs) await this.#endOfTurn();
      else await clock.sleepUntil(dueNs, stop).catch(() => {});
      let refusal: string | undefined;
      if (worker.connection === undefined) {
        refusal = await this.#reopen(worker, task.timeoutMs);
        // What woke it was an answer of its own; others that are here must come first.
        await this.#endOfTurn();
      }
      if (stop.aborted) break;
      worker.op = op;
      worker.deadlineNs = recorder.invoke(worker.process, op.f, op.value, dueNs) + task.timeoutMs * NS_PER_MS;
      let outcome: Outcome;
      try {
        // A client that could not be opened has sent nothing: that is a `fail`.
        if (worker.connection === undefined) outcome = { type: 'fail', error: `no connection: ${refusal}` };
        else outcome = asOutcome(await worker.connection.invoke(op));
      } catch (error) {
        outcome = { type: 'info', error: `the client threw: ${messageOf(error)}` };
      }
      if (worker.life !== life) return;
      this.#complete(worker, outcome);
      if (outcome.type === 'info') await this.#renew(worker);
    }
    task.done();
  }

  #complete(worker: Worker, outcome: Outcome): void {
    const { op } = worker;
    worker.deadlineNs = Number.POSITIVE_INFINITY;
    worker.outcome = outcome;
    this.#context.recorder.complete(worker.process, op.f, op.value, outcome);
    worker.task?.ended?.(worker.seat.client, op, outcome);
  }

  /** The operation may have happened or not; whatever its client still answers is not listened to. */
  #giveUp(worker: Worker, error: string): void {
    worker.life++;
    this.#complete(worker, { type: 'info', error });
    this.#renew(worker).then(() => this.#begin(worker), worker.task?.failed);
  }

  async #renew(worker: Worker): Promise<void> {
    const old = worker.connection;
    worker.connection = undefined;
    worker.process += this.#workers.length;
    await this.#close(old);
  }

  /**
   * Opens a client for the worker's process; each failure makes the next try wait longer.
   * @returns why it could not be opened, if so.
   */
  async #reopen(worker: Worker, timeoutMs: number): Promise<string | undefined> {
    const { cluster, clock } = this.#context;
    const stop = this.#stop.signal;
    if (worker.backoffMs > 0) await sleep(clock, worker.backoffMs, stop).catch(() => {});
    const opening = cluster.connect(worker.seat);
    const done = new AbortController();
    const tooLate = sleep(clock, timeoutMs, done.signal).then(() => Promise.reject(new Error('timeout')));
    try {
      worker.connection = await Promise.race([opening, tooLate]);
      worker.backoffMs = 0;
      if (stop.aborted) await this.#close(worker.connection);
      return undefined;
    } catch (error) {
      opening.then((client) => this.#close(client)).catch(() => {});
      worker.backoffMs = Math.min(Math.max(REOPEN_BACKOFF_MS.first, worker.backoffMs * 2), REOPEN_BACKOFF_MS.most);
      return messageOf(error);
    } finally {
      done.abort();
      tooLate.catch(() => {});
    }
  }

  /**
   * When the event loop has read what had arrived: those completions are in the history before an operation that is
   * decided now. All clients wait for the same moment, so that their requests leave together.
   */
  #endOfTurn(): Promise<void> {
    const { clock } = this.#context;
    this.#turn ??= clock.sleepUntil(clock.now()).then(() => {
      this.#turn = undefined;
    });
    return this.#turn;
  }
}

/** What a client answered, if it is an outcome; else nobody knows how the operation ended. */
function asOutcome(answer: unknown): Outcome {
  const { type, error } = (answer ?? {}) as { type?: unknown; error?: unknown };
  if (type === 'ok') return answer as Outcome;
  if (type === 'fail' || type === 'info') return { type, error: String(error) };
  return {
    type: 'info',
    error: `the client's answer is no outcome: ${inspect(answer, { depth: 1, breakLength: 80 })}`,
  };
}

const isWaiting = (worker: Worker) => worker.deadlineNs < Number.POSITIVE_INFINITY;
