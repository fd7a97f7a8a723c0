import { formatMs } from '../../base/units.ts';
import { type Cut, isRunSelector, mapCut, resolveNodes, sidesOf } from '../../contract/index.ts';
import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { beginnings, problemAt, type Window, windowsOf } from './windows.ts';

/** More ways to choose a side in each of several partitions at once than are looked at. */
const SIDES_MAX = 4096;

/**
 * A time in which no majority of the nodes runs and hears each other: a database that keeps its promises can
 * then do nothing, so that the fault shows less than it seems to. Who is primary only the run knows: the rule
 * speaks up only where there is no majority whoever it is.
 */
export function* noMajority(timeline: Timeline): Generator<Problem> {
  const { nodes } = timeline;
  const needed = Math.floor(nodes.length / 2) + 1;
  // it can only get worse when a fault begins
  const seen = new Set<string>();
  for (const [window, before, together] of beginnings(windowsOf(timeline))) {
    if (seen.has(window.step.place.path)) continue;
    // what a repeated fault did before, it need not do twice
    const active = [...new Map([...before, window, ...together].map((one) => [effectOf(one), one])).values()];
    // Who is primary matters only where a fault asks for it.
    const candidates = active.some(asksForPrimary) ? nodes : nodes.slice(0, 1);
    const most = Math.max(...candidates.map((primary) => largestGroup(active, nodes, primary)));
    if (most >= needed) continue;
    seen.add(window.step.place.path);
    const size = `at most ${most} of ${nodes.length} nodes run and hear each other`;
    const message = `from ${formatMs(window.fromMs)} there is no majority: ${size}`;
    const hint = 'if that is what the plan wants to see, let it be';
    yield problemAt(timeline, window, { rule: 'no-majority', severity: 'warning', message, hint });
  }
}

const effects = new WeakMap<Window, string>();

/** What a fault does, as text: the same for faults that do the same. */
function effectOf(window: Window): string {
  const known = effects.get(window);
  if (known !== undefined) return known;
  const { down, cut } = window.step.effect;
  const text = JSON.stringify([down, cut]);
  effects.set(window, text);
  return text;
}

/** Size of the largest set of running nodes that all hear each other, if `primary` is it. */
function largestGroup(active: readonly Window[], nodes: readonly string[], primary: string): number {
  const resolve = (refs: readonly string[]) => resolveNodes(refs, nodes, [primary]);
  const down = new Set(active.flatMap(({ step }) => resolve(step.effect.down ?? [])));
  const running = nodes.filter((node) => !down.has(node));
  let sets: (readonly string[])[] = [running];
  for (const { step } of active) {
    if (step.effect.cut === undefined) continue;
    const cut = mapCut(step.effect.cut, resolve);
    sets = sets.flatMap((set) => uncut(set, cut));
    if (sets.length > SIDES_MAX) return nodes.length;
  }
  return Math.max(0, ...sets.map((set) => set.length));
}

/** The largest parts of a set whose nodes all hear each other in spite of a cut. */
function uncut(set: readonly string[], cut: Cut): string[][] {
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

function asksForPrimary({ step: { effect } }: Window): boolean {
  const { down = [], cut } = effect;
  return [...down, ...(cut === undefined ? [] : sidesOf(cut).flat())].some(isRunSelector);
}
