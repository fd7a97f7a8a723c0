import { NS_PER_MS } from '../../base/clock.ts';
import type { Rng } from '../../base/rng.ts';
import { durationMs } from '../../base/units.ts';

/** How long something takes: four points of its distribution, straight lines between them. Nanoseconds. */
export interface Spread {
  readonly minNs: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
}

/** As a plan writes it: a duration alone is the median, with half of it as the least and a tail up to ten times as long. */
export type GivenSpread =
  | string
  | { readonly min: string; readonly p50: string; readonly p99: string; readonly max: string };

export function spreadOf(given: GivenSpread): Spread {
  const ns = (text: string) => Math.round(durationMs(text) * NS_PER_MS);
  if (typeof given === 'string') {
    const p50Ns = ns(given);
    return { minNs: Math.round(p50Ns / 2), p50Ns, p99Ns: p50Ns * 4, maxNs: p50Ns * 10 };
  }
  return { minNs: ns(given.min), p50Ns: ns(given.p50), p99Ns: ns(given.p99), maxNs: ns(given.max) };
}

/** Parts that a draw is counted in. */
const PARTS = 1_000_000;
const MEDIAN = PARTS / 2;
const TAIL = (PARTS * 99) / 100;

/** A draw, in nanoseconds: whole numbers only, so that it is the same on every platform. */
export function draw({ minNs, p50Ns, p99Ns, maxNs }: Spread, rng: Rng): number {
  const at = rng.int(0, PARTS - 1);
  if (at < MEDIAN) return between(minNs, p50Ns, at, MEDIAN);
  if (at < TAIL) return between(p50Ns, p99Ns, at - MEDIAN, TAIL - MEDIAN);
  return between(p99Ns, maxNs, at - TAIL, PARTS - TAIL);
}

function between(from: number, to: number, part: number, parts: number): number {
  return from + Math.floor(((to - from) * part) / parts);
}
