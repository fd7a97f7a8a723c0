/**
 * Judges objects side by side, each in a thread of its own: for those that take long. A thread takes 50 ms to begin, and
 * a message of 5,000 calls some 20, which is more than most keys need.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import type { Budget } from './budget.ts';
import type { Limits } from './call.ts';
import type { Words } from './evidence.ts';
import type { Judged, ObjectTask } from './object.ts';

/** What a thread is told. */
export interface ThreadTask {
  readonly task: ObjectTask;
  readonly limits: Limits;
}

/** What it answers. */
export interface ThreadAnswer {
  readonly judged: Omit<Judged, 'words'>;
  readonly words?: Words;
}

const BUILT = import.meta.url.endsWith('.js');

/** As built; or the sources, for which a thread loads a loader of its own. */
function startThread(workerData: ThreadTask): Worker {
  if (BUILT) return new Worker(new URL('./linearizable-worker.js', import.meta.url), { workerData });
  const source = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${source}, ${source}))`;
  return new Worker(load, { workerData, eval: true, execArgv: [] });
}

/** In the order of the tasks. Those that run when the time is over, or nobody waits any more, are ended, and unknown. */
export async function judgeInThreads(tasks: readonly ObjectTask[], budget: Budget): Promise<Judged[]> {
  const count = Math.min(tasks.length, availableParallelism());
  const over = budget.over();
  const judged: Judged[] = [];
  const left = tasks.entries();
  const work = async () => {
    for (const [at, task] of left) judged[at] = await judgeInThread(task, budget.share(count), over);
  };
  await Promise.all(Array.from({ length: count }, work));
  return judged;
}

function judgeInThread(task: ObjectTask, limits: Limits, over: AbortSignal): Promise<Judged> {
  const unknown = (why: string): Judged => ({ valid: 'unknown', why, calls: task.calls.length, configurations: 0 });
  if (over.aborted) return Promise.resolve(unknown(messageOf(over.reason)));
  return new Promise((resolve) => {
    const worker = startThread({ task, limits });
    const end = () => void worker.terminate();
    over.addEventListener('abort', end);
    let cause: unknown = 'it ended without an answer';
    worker.on('message', ({ judged, words }: ThreadAnswer) => {
      resolve(words === undefined ? judged : { ...judged, words: () => words });
    });
    // An `exit` follows.
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      over.removeEventListener('abort', end);
      const why = over.aborted ? messageOf(over.reason) : `its thread died: ${messageOf(cause)}`;
      resolve(unknown(why));
    });
  });
}
