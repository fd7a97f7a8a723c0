import { randomUUID } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import type { HandFault, NetStatus } from '../../contract/index.ts';
import type { ShellNetwork } from './network.ts';
import { type Measure, measureReach, type Place } from './reach.ts';

/* What `plan-run net` does on nodes behind shells, wherever they are. */

/** A place, and what is in force there. */
export interface WatchedPlace extends Place {
  /** The rules in force, as `iptables -S` prints them, and the queues of ours. */
  rules(): Promise<string>;
  /** Who holds it, and how long. */
  readonly held?: string | undefined;
}

/**
 * Puts a fault in force under a name of its own. @returns what undoes it, and it alone.
 * @throws PlanRunError where a host refuses; it is then nowhere in force.
 */
export async function putInForce(network: ShellNetwork, fault: HandFault): Promise<() => Promise<unknown>> {
  const id = `hand-${randomUUID().slice(0, 8)}`;
  const { kind, grudge, lossPercent, delayMs, jitterMs = 0 } = fault;
  try {
    if (kind === 'slow') {
      assert(delayMs !== undefined, 'who slows says how much');
      await network.slow(id, grudge, delayMs, jitterMs);
    } else await network.cut(id, grudge, lossPercent);
    return () => network.restore(id);
  } catch (error) {
    await network.restore(id).catch(() => {});
    throw error;
  }
}

/** The rules in force and the measured matrix of the places; `absent` are endpoints that cannot take part, and why. */
export async function lookAround(
  places: readonly WatchedPlace[],
  absent: Readonly<Record<string, string>>,
  measure?: Measure,
): Promise<NetStatus> {
  const listings = await Promise.all(
    places.map(async (place) => [place.name, oursIn(await place.rules().catch(() => ''))] as const),
  );
  const rules = Object.fromEntries(listings.filter(([, lines]) => lines.length > 0));
  const { reach, failures } = await measureReach(places, { waitMs: waitMs(Object.values(rules).flat()), ...measure });
  const held = places.flatMap(({ name, held }) => (held === undefined ? [] : [[name, held]]));
  const silent = reach.filter((one) => one.arrivedPercent === 0 && !isExplained(one.from, one.to, places, rules));
  const others = [...Object.entries(absent), ...Object.entries(failures)];
  return {
    endpoints: [...places.map(({ name }) => name), ...Object.keys(absent)],
    reach,
    rules,
    held: Object.fromEntries(held),
    notes: [
      ...others.map(([name, why]) => `${name} took no part: ${why}`),
      ...silent.map(
        ({ from, to }) => `no rule of plan-run's keeps ${from} from ${to}: maybe a firewall that lets no UDP through`,
      ),
    ],
  };
}

/** Lines of ours in a listing of rules and queues. */
function oursIn(listing: string): string[] {
  const lines = listing.split('\n').map((line) => line.trim());
  return lines.filter(
    (line) => line !== '' && !line.startsWith('-N') && (/plan-run-/.test(line) || !line.startsWith('-')),
  );
}

/** Long enough for an answer that comes through the longest delay twice. */
function waitMs(lines: readonly string[]): number {
  const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };
  const delays = lines.flatMap((line) => [
    ...(/\bdelay ([\d.]+)(us|ms|s)(?:\s+([\d.]+)(us|ms|s))?/.exec(line)?.slice(1) ?? []),
  ]);
  // Pairs of a number and its unit: the delay's, and its jitter's.
  const ms = delays.map((word, at) => (at % 2 === 0 ? Number(word ?? 0) * (units[delays[at + 1] ?? ''] ?? 0) : 0));
  return 500 + 4 * Math.max(0, ...ms);
}

/** Whether a rule of ours, on either side, drops what goes from one to the other. */
function isExplained(from: string, to: string, places: readonly Place[], rules: NetStatus['rules']): boolean {
  const placeOf = (name: string) => places.find((place) => place.name === name);
  const source = placeOf(from)?.addressFor(to);
  const target = placeOf(to)?.addressFor(from);
  const lines = [...(rules[from] ?? []), ...(rules[to] ?? [])];
  return lines.some((line) => line.includes(` -s ${source}/32 `) && line.includes(` -d ${target}/32 `));
}
