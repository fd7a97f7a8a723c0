/**
 * Where a timeline touches the world. An environment makes nodes, deploys a database on them and cuts their
 * network; everything that asks the machine for time, timers, processes and sockets is in this room.
 */
import type { EnvironmentModule } from '../contract/index.ts';
import { lab } from './lab/index.ts';

export { makeRealClock } from './real-clock.ts';
export { quote } from './shell/quote.ts';

/** Every environment of the house. */
export const environments: readonly EnvironmentModule[] = [lab];
