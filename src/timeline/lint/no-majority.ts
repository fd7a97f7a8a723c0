import { formatMs } from '../../base/units.ts';
import { isRunSelector, resolveNodes } from '../../contract/index.ts';
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
  const { down, groups, oneWay } = window.step.effect;
  const text = JSON.stringify([down, groups, oneWay]);
  effects.set(window, text);
  return text;
}

/** Size of the largest set of running nodes that all hear each other, if `primary` is it. */
function largestGroup(active: readonly Window[], nodes: readonly string[], primary: string): number {
  const resolve = (refs: readonly string[]) => resolveNodes(refs, nodes, [primary]);
  const down = new Set(active.flatMap(({ step }) => resolve(step.effect.down ?? [])));
  const running = nodes.filter((node) => !down.has(node));
  const partitions = active.flatMap(({ step }) => (step.effect.groups ? [step.effect.groups.map(resolve)] : []));
  // A set hears each other if, in each partition, it keeps to one side and to the nodes that are on none.
  let sets: (readonly string[])[] = [running];
  for (const groups of partitions) {
    const cut = new Set(groups.flat());
    sets = sets.flatMap((set) => groups.map((group) => set.filter((node) => group.includes(node) || !cut.has(node))));
    if (sets.length > SIDES_MAX) return nodes.length;
  }
  // Of a cut in one direction: nobody of `from`, or nobody of `to`, or of both sides only one who is on both.
  for (const { step } of active) {
    if (step.effect.oneWay === undefined) continue;
    const [from, to] = [resolve(step.effect.oneWay.from), resolve(step.effect.oneWay.to)];
    const without = (set: readonly string[], ...sides: readonly string[][]) =>
      set.filter((node) => !sides.some((side) => side.includes(node)));
    sets = sets.flatMap((set) => {
      const both = set.filter((node) => from.includes(node) && to.includes(node));
      return [without(set, from), without(set, to), ...both.map((one) => [...without(set, from, to), one])];
    });
    if (sets.length > SIDES_MAX) return nodes.length;
  }
  return Math.max(0, ...sets.map((set) => set.length));
}

function asksForPrimary({ step: { effect } }: Window): boolean {
  const { down = [], groups = [], oneWay } = effect;
  return [...down, ...groups.flat(), ...(oneWay?.from ?? []), ...(oneWay?.to ?? [])].some(isRunSelector);
}
