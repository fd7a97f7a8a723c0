import { lock } from './client-lock.ts';
import { messages } from './client-messages.ts';
import { counter, monotonic, uniqueIds } from './client-numbers.ts';
import { queue } from './client-queue.ts';
import { register } from './client-register.ts';
import type { Operation } from './session.ts';

/** By workload: operations that real and simulated clients have in common, for all that they need is a session. */
export const WORKLOADS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  ...{ counter, lock, messages, monotonic, queue, register },
  'unique-ids': uniqueIds,
};
