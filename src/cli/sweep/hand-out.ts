/**
 * Runs the tasks of a sweep on several threads: each asks for the next one when it is done, so that the order in which
 * they end depends on the machine, and nothing else does.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import type { SweepRun } from '../../report/index.ts';
import { failedRun, type Sweeping, sweepOne, type Task } from './one.ts';

/** Somebody who runs one task at a time. */
export interface Hand {
  run(task: Task): Promise<SweepRun>;
  /** Ends at once whatever it does. */
  end(): Promise<void>;
}

/** Runs tasks on `jobs` hands until there are none left, or `signal` aborts; what is under way then is given up. */
export async function handOut(
  tasks: readonly Task[],
  hands: readonly Hand[],
  signal: AbortSignal,
  done: (task: Task, run: SweepRun) => void,
): Promise<void> {
  const left = tasks.values();
  const work = async (hand: Hand) => {
    for (const task of left) {
      if (signal.aborted) return;
      const run = await hand.run(task);
      if (signal.aborted) return;
      done(task, run);
    }
  };
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([Promise.all(hands.map(work)), aborted]);
  } finally {
    await Promise.all(hands.map((hand) => hand.end()));
  }
}

/** What a stranger's plan may take of the memory: many times what a plan of ours does. */
const STRANGE_MAX_MB = 1024;

/** As built. Where the sources run as they are there is none: their loader translates for the main thread only. */
const WORKER = new URL('./sweep-worker.js', import.meta.url);

/** As many threads; from the sources, this one alone. */
export function makeHands(count: number, sweeping: Sweeping, signal: AbortSignal): Hand[] {
  if (!existsSync(fileURLToPath(WORKER))) return [hereHand(sweeping, signal)];
  return Array.from({ length: count }, () => new ThreadHand(sweeping));
}

function hereHand(sweeping: Sweeping, signal: AbortSignal): Hand {
  return { run: (task) => sweepOne(sweeping, task, 'here', signal), end: async () => {} };
}

/** A thread. One that dies takes its run with it; the next run gets a new one. */
class ThreadHand implements Hand {
  readonly #sweeping: Sweeping;
  #worker: Worker | undefined;
  /** Whoever waits for the run that is under way. */
  #waiting: { readonly seed: number; answer(run: SweepRun): void } | undefined;

  constructor(sweeping: Sweeping) {
    this.#sweeping = sweeping;
  }

  run(task: Task): Promise<SweepRun> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise((resolve) => {
      this.#waiting = { seed: task.seed, answer: resolve };
      worker.postMessage(task);
    });
  }

  async end(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    // Its standard output is not the sweep's: a module from outside the package may print.
    const strange = this.#sweeping.strange
      ? { env: {}, resourceLimits: { maxOldGenerationSizeMb: STRANGE_MAX_MB } }
      : {};
    const worker = new Worker(WORKER, { workerData: this.#sweeping, stdout: true, ...strange });
    let cause: unknown;
    worker.stdout.on('data', (text) => process.stderr.write(text));
    worker.on('message', (run: SweepRun) => this.#waiting?.answer(run));
    // An `exit` follows.
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (exitCode) => {
      this.#worker = undefined;
      this.#waiting?.answer(failedRun(this.#waiting.seed, deathOf(cause, exitCode)));
    });
    return worker;
  }
}

function deathOf(cause: unknown, exitCode: number): PlanRunError {
  if ((cause as { code?: string } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new PlanRunError('unavailable', 'the run needed more memory than its thread may have', { cause });
  }
  if (cause !== undefined) return new PlanRunError('bug', `the run's thread died: ${messageOf(cause)}`, { cause });
  if (exitCode === 0) {
    const message = 'what the run waited for never came: a bug of plan-run, or of a module';
    return new PlanRunError('bug', message);
  }
  return new PlanRunError(
    'bug',
    `the run's thread ended with exit code ${exitCode}: a bug of plan-run, or of a module`,
  );
}
