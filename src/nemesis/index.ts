/**
 * The faults. A nemesis is a folder with one module: settings schema, what it becomes when the plan is compiled,
 * what a reviewer reads, and how it is done to a running cluster. It asks the cluster and the network, never where
 * they are, so that a fault works in every environment.
 */
import type { AnyNemesis } from '../contract/index.ts';
import { kill } from './kill/index.ts';
import { noop } from './noop/index.ts';
import { partition } from './partition/index.ts';
import { pause } from './pause/index.ts';
import { promote } from './promote/index.ts';

/** Every fault of the house. */
export const nemeses: readonly AnyNemesis[] = [kill, noop, partition, pause, promote];
