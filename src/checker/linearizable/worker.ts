/** A thread that judges one object. */
import { parentPort, workerData } from 'node:worker_threads';
import { judgeObject } from './object.ts';
import type { ThreadAnswer, ThreadTask } from './threads.ts';

const { task, limits } = workerData as ThreadTask;
const { words, ...judged } = judgeObject(task, limits);
parentPort?.postMessage({ judged, ...(words && { words: words() }) } satisfies ThreadAnswer);
