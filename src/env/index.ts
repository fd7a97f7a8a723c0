/**
 * Where a timeline touches the world. An environment makes nodes, deploys a database on them and cuts their
 * network; everything that asks the machine for time, timers, processes and sockets is in this room.
 */
import type { AnyEnvironment } from '../contract/index.ts';
import { lab } from './lab/index.ts';
import { sim } from './sim/index.ts';
import { ssh } from './ssh/index.ts';

export { makeRealClock } from './real-clock.ts';
export { quote, word } from './shell/quote.ts';

/** Every environment of the house; the first is where a plan runs that names none. */
export const environments: readonly AnyEnvironment[] = [sim, lab, ssh];
