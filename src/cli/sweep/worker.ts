/** A thread of a sweep: is told a seed, answers with what its run found, and waits for the next. */
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { type Sweeping, sweepOne, type Task } from './one.ts';

parentPort?.on('message', async (task: Task) => {
  // Only what the run itself waits for keeps the thread: one that waits for what never comes ends, and is not hung for.
  parentPort?.unref();
  const run = await sweepOne(workerData as Sweeping, task, String(threadId), new AbortController().signal);
  parentPort?.ref();
  parentPort?.postMessage(run);
});
