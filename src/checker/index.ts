/**
 * The checker room: a folder per checker. A history and settings in, a verdict with its evidence out; a checker
 * never sees an environment, so a stored history can be judged again at any time.
 */
import type { AnyChecker } from '../contract/index.ts';
import { availability } from './availability/index.ts';
import { noop } from './noop/index.ts';
import { set } from './set/index.ts';

export const checkers: readonly AnyChecker[] = [availability, noop, set];
