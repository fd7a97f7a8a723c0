import { type Effect, isRunSelector, resolveNodes, sidesOf } from '../contract/index.ts';
import { windowsOf } from './lint/windows.ts';
import type { Timeline } from './timeline.ts';

/** A time, in milliseconds from the start of the workload. */
export interface Gap {
  readonly fromMs: number;
  /** Infinity: until the heal. */
  readonly toMs: number;
}

/**
 * So many sets of nodes are looked at for one timeline: a second's work. Each of several cuts that overlap doubles the
 * ways to choose a side, and a plan may be a stranger's; where this does not do, there may be a majority.
 */
const SETS_MAX = 1_000_000;

/**
 * The times in which no majority of the nodes runs and hears each other, in order and apart from each other. Who is
 * primary only the run knows: a time counts only where there is no majority whoever it is. Faults that the heal has
 * to undo last until then. Costs the number of faults times how many different ones are in force at once.
 */
export function majorityGaps(timeline: Timeline): Gap[] {
  const undone = new Set(timeline.steps.flatMap((step) => (step.do === 'undo' ? [step.fault] : [])));
  const moments = windowsOf(timeline)
    .flatMap(({ step, fromMs, toMs }) => [
      { atMs: fromMs, by: 1, effect: step.effect },
      { atMs: undone.has(step.fault) ? toMs : Number.POSITIVE_INFINITY, by: -1, effect: step.effect },
    ])
    .sort((a, b) => a.atMs - b.atMs);
  const groups = new Groups(timeline.nodes);
  const force = new Force();
  const gaps: Gap[] = [];
  let since: number | undefined;
  for (const [index, { atMs, by, effect }] of moments.entries()) {
    if (atMs === Number.POSITIVE_INFINITY) break;
    force.count(effect, by);
    if (moments[index + 1]?.atMs === atMs) continue;
    if (!groups.haveMajority(force.effects())) since ??= atMs;
    else if (since !== undefined) {
      gaps.push({ fromMs: since, toMs: atMs });
      since = undefined;
    }
  }
  return since === undefined ? gaps : [...gaps, { fromMs: since, toMs: Number.POSITIVE_INFINITY }];
}

/** The faults that are in force at a moment: each node that is down, and each cut, once. */
class Force {
  readonly #counts = new Map<string, { readonly effect: Effect; count: number }>();

  count({ down = [], cut, hits, words }: Effect, by: number): void {
    for (const node of down) this.#count(node, { hits, words, down: [node] }, by);
    if (cut !== undefined) this.#count(JSON.stringify(cut), { hits, words, cut }, by);
  }

  #count(key: string, effect: Effect, by: number): void {
    const one = this.#counts.get(key) ?? { effect, count: 0 };
    one.count += by;
    if (one.count > 0) this.#counts.set(key, one);
    else this.#counts.delete(key);
  }

  effects(): Effect[] {
    return [...this.#counts.values()].map(({ effect }) => effect);
  }
}

/** A set of nodes, a bit for each. */
type Bits = bigint;

/** The sets of a timeline's nodes that run and hear each other while faults are in force. */
export class Groups {
  readonly #nodes: readonly string[];
  readonly #bits: ReadonlyMap<string, Bits>;
  readonly #all: Bits;
  /** By what is in force. */
  readonly #known = new Map<string, boolean>();
  /** The sides of cuts that are the same whoever is primary. */
  readonly #sidesOf = new WeakMap<Effect, readonly Bits[]>();
  #looked = 0;

  constructor(nodes: readonly string[]) {
    this.#nodes = nodes;
    this.#bits = new Map(nodes.map((node, index) => [node, 1n << BigInt(index)]));
    this.#all = (1n << BigInt(nodes.length)) - 1n;
  }

  /** Whether with these faults in force some majority of the nodes runs and hears each other, for some primary. */
  haveMajority(active: readonly Effect[]): boolean {
    const key = active.map(textOf).join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#primaries(active).some((primary) => {
      const sizes = this.#sizes(active, primary, this.#majority);
      return sizes === undefined || sizes.length > 0;
    });
    this.#known.set(key, found);
    return found;
  }

  /**
   * Size of the largest set of running nodes that all hear each other, where `haveMajority` has found none: the smallest
   * number that it is sure not to pass, whoever is primary.
   */
  largest(active: readonly Effect[]): number {
    const largest = this.#primaries(active).map((primary) =>
      Math.max(0, ...(this.#sizes(active, primary, 1) ?? [this.#majority - 1])),
    );
    return Math.max(...largest);
  }

  get #majority(): number {
    return Math.floor(this.#nodes.length / 2) + 1;
  }

  /** Who is primary matters only where a fault asks for it. */
  #primaries(active: readonly Effect[]): readonly string[] {
    return active.some(asksForPrimary) ? this.#nodes : this.#nodes.slice(0, 1);
  }

  /**
   * How large the sets are of at least `atLeast` running nodes that all hear each other, if `primary` is it; sets that
   * are part of a larger one may be there or not. Undefined where they are too many to be looked at.
   */
  #sizes(active: readonly Effect[], primary: string, atLeast: number): readonly number[] | undefined {
    const down = this.#named(
      active.flatMap((effect) => effect.down ?? []),
      primary,
    );
    let sets = new Map<Bits, number>();
    const running = this.#all & ~down;
    if (sizeOf(running) >= atLeast) sets.set(running, sizeOf(running));
    for (const effect of active) {
      if (effect.cut === undefined) continue;
      const left = new Map<Bits, number>();
      for (const side of this.#knownSides(effect, primary)) {
        this.#looked += sets.size;
        if (this.#looked > SETS_MAX) return undefined;
        for (const set of sets.keys()) {
          // the same nodes may be left whichever sides were chosen
          const size = left.has(set & side) ? 0 : sizeOf(set & side);
          if (size >= atLeast) left.set(set & side, size);
        }
      }
      sets = left;
    }
    return [...sets.values()];
  }

  #knownSides(effect: Effect, primary: string): readonly Bits[] {
    if (asksForPrimary(effect)) return this.#sides(effect, primary);
    const sides = this.#sidesOf.get(effect) ?? this.#sides(effect, primary);
    this.#sidesOf.set(effect, sides);
    return sides;
  }

  /** The largest sets of nodes that all hear each other in spite of a cut. */
  #sides({ cut = { groups: [] } }: Effect, primary: string): readonly Bits[] {
    if ('groups' in cut) {
      // Who keeps to one group, and those that are in none.
      const groups = cut.groups.map((group) => this.#named(group, primary));
      const outside = this.#all & ~groups.reduce((sum, group) => sum | group, 0n);
      return [...groups, ...this.#bridged(groups)].map((group) => group | outside);
    }
    // Nobody who is not heard, or nobody who does not hear, or of both only one who is on both sides.
    const [from, to] = [this.#named(cut.from, primary), this.#named(cut.to, primary)];
    const others = this.#all & ~(from | to);
    const both = [...this.#bits.values()].filter((node) => (node & from & to) !== 0n);
    return [this.#all & ~from, this.#all & ~to, ...both.map((one) => others | one)];
  }

  /**
   * Sets that are in no group and yet hear each other: any two nodes share a group. That takes three groups of which each has a node with each
   * of the others. Found by adding nodes one by one to the sets so far; past `BRIDGES_MAX` sets the groups alone must do.
   */
  #bridged(groups: readonly Bits[]): readonly Bits[] {
    if (groups.length < 3) return [];
    const heard = [...this.#bits.values()].flatMap((node) => {
      const own = groups.filter((group) => (group & node) !== 0n);
      return own.length === 0 ? [] : [{ node, hears: own.reduce((sum, group) => sum | group, 0n) }];
    });
    // no node is in two groups
    if (heard.every(({ hears }) => groups.includes(hears))) return [];
    let sets: Bits[] = [0n];
    for (const { node, hears } of heard) {
      const grown = sets.map((set) => ((set & ~hears) === 0n ? set | node : (set & hears) | node));
      sets = [...new Set([...sets.filter((set) => (set & ~hears) !== 0n), ...grown])];
      if (sets.length > BRIDGES_MAX) return [];
    }
    return sets;
  }

  #named(refs: readonly string[], primary: string): Bits {
    return resolveNodes(refs, this.#nodes, [primary]).reduce((sum, node) => sum | (this.#bits.get(node) ?? 0n), 0n);
  }
}

/** A thousand faults may be in force at once, each of all nodes: what is asked of each again and again is kept. */
const texts = new WeakMap<Effect, string>();
const asking = new WeakMap<Effect, boolean>();

function textOf(effect: Effect): string {
  const text = texts.get(effect) ?? JSON.stringify([effect.down, effect.cut]);
  texts.set(effect, text);
  return text;
}

/** Sets that are looked at where groups overlap. */
const BRIDGES_MAX = 256;

function asksForPrimary(effect: Effect): boolean {
  const known = asking.get(effect);
  if (known !== undefined) return known;
  const { down = [], cut } = effect;
  const asks = [...down, ...(cut === undefined ? [] : sidesOf(cut).flat())].some(isRunSelector);
  asking.set(effect, asks);
  return asks;
}

function sizeOf(set: Bits): number {
  let size = 0;
  for (let rest = set; rest !== 0n; rest >>= 32n) size += onesIn(Number(rest & 0xffff_ffffn));
  return size;
}

/** How many bits are set in 32: pairs, then fours, then bytes are added up (Warren, Hacker's Delight, 5-1). */
function onesIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
