/**
 * The checker room: a folder per checker. A history and settings in, a verdict with its evidence out; a checker
 * never sees an environment, so a stored history can be judged again at any time.
 */
import type { AnyChecker } from '../contract/index.ts';
import { assertions } from './assertions/index.ts';
import { availability } from './availability/index.ts';
import { bank } from './bank/index.ts';
import { causal } from './causal/index.ts';
import { clock } from './clock/index.ts';
import { comments } from './comments/index.ts';
import { converged } from './converged/index.ts';
import { counter } from './counter/index.ts';
import { delivery } from './delivery/index.ts';
import { fencing } from './fencing/index.ts';
import { freshness } from './freshness/index.ts';
import { independent } from './independent/index.ts';
import { latency } from './latency/index.ts';
import { linearizable } from './linearizable/index.ts';
import { logs } from './logs/index.ts';
import { longFork } from './long-fork/index.ts';
import { monotonic } from './monotonic/index.ts';
import { noop } from './noop/index.ts';
import { queue } from './queue/index.ts';
import { set } from './set/index.ts';
import { setFull } from './set-full/index.ts';
import { stats } from './stats/index.ts';
import { totalQueue } from './total-queue/index.ts';
import { uniqueIds } from './unique-ids/index.ts';

export const checkers: readonly AnyChecker[] = [
  ...[assertions, availability, bank, causal, clock, comments, converged, counter],
  ...[delivery, fencing, freshness, independent, latency, linearizable, logs, longFork],
  ...[monotonic, noop, queue, set, setFull, stats, totalQueue, uniqueIds],
];
