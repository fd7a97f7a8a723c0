/**
 * The workload room: a folder per workload. It says what the clients do, what is read at the end, and which
 * checkers judge it where the plan names none.
 */
import type { AnyWorkload } from '../contract/index.ts';
import { append } from './append/index.ts';
import { counter } from './counter/index.ts';
import { lock } from './lock/index.ts';
import { messages } from './messages/index.ts';
import { monotonic } from './monotonic/index.ts';
import { noop } from './noop/index.ts';
import { queue } from './queue/index.ts';
import { register } from './register/index.ts';
import { set } from './set/index.ts';
import { setFull } from './set-full/index.ts';
import { uniqueIds } from './unique-ids/index.ts';

export const workloads: readonly AnyWorkload[] = [
  ...[append, counter, lock, messages, monotonic, noop],
  ...[queue, register, set, setFull, uniqueIds],
];
