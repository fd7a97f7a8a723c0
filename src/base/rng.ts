/**
 * Seeded randomness. Every consumer forks a stream of its own by name, so that a new consumer does not
 * shift the draws of the others. Integers only: floats differ in their last bits between platforms.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Rng {
  /** A uniform integer in [min, max], both ends included. */
  int(min: number, max: number): number;
  /** A stream of its own: depends on this stream's seed and `name` only, not on what was drawn. */
  fork(name: string): Rng;
}

/** The generator's first outputs still show its seed: 0, 1, 2 ... would begin alike. */
const WARM_UP_DRAWS = 16;

/** A generator from a 32-bit seed. The same seed gives the same draws on every platform. */
export function makeRng(seed: number): Rng {
  const generator = xoroshiro128plus(mix(seed));
  for (let i = 0; i < WARM_UP_DRAWS; i++) generator.next();
  return {
    int: (min, max) => uniformInt(generator, min, max),
    fork: (name) => makeRng(hash(name, seed | 0)),
  };
}

/** A random element. `items` must not be empty. */
export function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[rng.int(0, items.length - 1)] as T;
}

/** A shuffled copy (Fisher-Yates). */
export function shuffle<T>(rng: Rng, items: readonly T[]): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = rng.int(0, i);
    const held = copy[i] as T;
    copy[i] = copy[j] as T;
    copy[j] = held;
  }
  return copy;
}

/** FNV-1a over the UTF-16 units of `text`, starting from `basis`. */
function hash(text: string, basis: number): number {
  let h = 0x811c9dc5 ^ basis;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h | 0;
}

/** Spreads a seed over its 32 bits: MurmurHash3's finalizer (fmix32), a bijection. */
function mix(seed: number): number {
  let h = seed | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
