/**
 * The workload room: a folder per workload. It says what the clients do, what is read at the end, and which
 * checkers judge it where the plan names none.
 */
import type { AnyWorkload } from '../contract/index.ts';
import { append } from './append/index.ts';
import { noop } from './noop/index.ts';
import { register } from './register/index.ts';
import { set } from './set/index.ts';

export const workloads: readonly AnyWorkload[] = [append, noop, register, set];
