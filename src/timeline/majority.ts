import { type Cut, type Effect, isRunSelector, mapCut, resolveNodes, sidesOf } from '../contract/index.ts';
import { windowsOf } from './lint/windows.ts';
import type { Timeline } from './timeline.ts';

/** A time, in milliseconds from the start of the workload. */
export interface Gap {
  readonly fromMs: number;
  /** Infinity: until the heal. */
  readonly toMs: number;
}

/** More ways to choose a side in each of several partitions at once than are looked at. */
const SIDES_MAX = 4096;

/**
 * The times in which no majority of the nodes runs and hears each other, in order and apart from each other. Who is
 * primary only the run knows: a time counts only where there is no majority whoever it is. Faults that the heal has
 * to undo last until then. Costs the number of faults times how many different ones are in force at once.
 */
export function majorityGaps(timeline: Timeline): Gap[] {
  const undone = new Set(timeline.steps.flatMap((step) => (step.do === 'undo' ? [step.fault] : [])));
  const force = new Force(timeline.nodes);
  const moments = windowsOf(timeline)
    .filter(({ step: { effect } }) => effect.down !== undefined || effect.cut !== undefined)
    .flatMap(({ step, fromMs, toMs }) => [
      { atMs: fromMs, by: 1, effect: step.effect },
      { atMs: undone.has(step.fault) ? toMs : Number.POSITIVE_INFINITY, by: -1, effect: step.effect },
    ])
    .sort((a, b) => a.atMs - b.atMs);
  const gaps: Gap[] = [];
  let since: number | undefined;
  for (const [index, { atMs, by, effect }] of moments.entries()) {
    if (since !== undefined && atMs === Number.POSITIVE_INFINITY) break;
    force.count(effect, by);
    if (moments[index + 1]?.atMs === atMs) continue;
    const missing = !force.leavesMajority();
    if (missing) since ??= atMs;
    else if (since !== undefined) {
      gaps.push({ fromMs: since, toMs: atMs });
      since = undefined;
    }
  }
  return since === undefined ? gaps : [...gaps, { fromMs: since, toMs: Number.POSITIVE_INFINITY }];
}

/** How many nodes are a majority of so many. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** The faults that are in force at a moment, whatever is the same counted together. */
class Force {
  readonly #nodes: readonly string[];
  readonly #counts = new Map<string, { readonly effect: Effect; count: number }>();
  readonly #known = new Map<string, boolean>();

  constructor(nodes: readonly string[]) {
    this.#nodes = nodes;
  }

  count(effect: Effect, by: number): void {
    for (const part of partsOf(effect)) {
      const key = JSON.stringify([part.down, part.cut]);
      const one = this.#counts.get(key) ?? { effect: part, count: 0 };
      one.count += by;
      if (one.count > 0) this.#counts.set(key, one);
      else this.#counts.delete(key);
    }
  }

  leavesMajority(): boolean {
    const key = [...this.#counts.keys()].sort().join(' ');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const answer = hasMajority(
      [...this.#counts.values()].map(({ effect }) => effect),
      this.#nodes,
    );
    this.#known.set(key, answer);
    return answer;
  }
}

/** Each node that is down, and the cut, apart. */
function partsOf({ down = [], cut, ...rest }: Effect): Effect[] {
  return [...down.map((node) => ({ ...rest, down: [node] })), ...(cut === undefined ? [] : [{ ...rest, cut }])];
}

/** Whether with these faults in force some majority of `nodes` runs and hears each other, for some primary. */
export function hasMajority(active: readonly Effect[], nodes: readonly string[]): boolean {
  return primariesThatMatter(active, nodes).some((primary) => {
    const groups = groupsOf(active, nodes, primary, majorityOf(nodes.length));
    return groups === undefined || groups.length > 0;
  });
}

/**
 * Size of the largest set of running nodes that all hear each other, whoever is primary. Where the ways to choose a side are
 * too many to be looked at, and `hasMajority` has found none, it is what would not yet be a majority.
 */
export function largestGroup(active: readonly Effect[], nodes: readonly string[]): number {
  const sizes = primariesThatMatter(active, nodes).map((primary) => {
    const groups = groupsOf(active, nodes, primary, 1);
    return groups === undefined ? majorityOf(nodes.length) - 1 : Math.max(0, ...groups.map((group) => group.length));
  });
  return Math.max(...sizes);
}

/** Who is primary matters only where a fault asks for it. */
function primariesThatMatter(active: readonly Effect[], nodes: readonly string[]): readonly string[] {
  return active.some(asksForPrimary) ? nodes : nodes.slice(0, 1);
}

function asksForPrimary({ down = [], cut }: Effect): boolean {
  return [...down, ...(cut === undefined ? [] : sidesOf(cut).flat())].some(isRunSelector);
}

/**
 * The sets of at least `atLeast` running nodes that all hear each other, if `primary` is it; none that is part of a
 * larger one need be there. Undefined where there are more than can be looked at.
 */
function groupsOf(
  active: readonly Effect[],
  nodes: readonly string[],
  primary: string,
  atLeast: number,
): readonly (readonly string[])[] | undefined {
  const resolve = (refs: readonly string[]) => resolveNodes(refs, nodes, [primary]);
  const down = new Set(active.flatMap((effect) => resolve(effect.down ?? [])));
  let sets: (readonly string[])[] = [nodes.filter((node) => !down.has(node))];
  for (const effect of active) {
    if (effect.cut === undefined) continue;
    const cut = mapCut(effect.cut, resolve);
    const parts = sets.flatMap((set) => uncut(set, cut)).filter((set) => set.length >= atLeast);
    // the same nodes may be left whichever side was chosen
    sets = [...new Map(parts.map((set) => [set.join(' '), set])).values()];
    if (sets.length > SIDES_MAX) return undefined;
  }
  return sets.filter((set) => set.length >= atLeast);
}

/** The largest parts of a set whose nodes all hear each other in spite of a cut. */
function uncut(set: readonly string[], cut: Cut): (readonly string[])[] {
  const without = (...sides: readonly (readonly string[])[]) =>
    set.filter((node) => !sides.some((side) => side.includes(node)));
  if ('groups' in cut) {
    // Who keeps to one group, and those that are in none.
    const outside = without(...cut.groups);
    return cut.groups.map((group) => set.filter((node) => group.includes(node) || outside.includes(node)));
  }
  // Nobody who is not heard, or nobody who does not hear, or of both only one who is on both sides.
  const both = set.filter((node) => cut.from.includes(node) && cut.to.includes(node));
  return [without(cut.from), without(cut.to), ...both.map((one) => [...without(cut.from, cut.to), one])];
}
