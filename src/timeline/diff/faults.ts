import { formatMs } from '../../base/units.ts';
import type { Step, Timeline } from '../timeline.ts';
import { counted, faultWords, spanWords } from '../words.ts';
import type { Change } from './change.ts';

type Inject = Extract<Step, { do: 'inject' }>;

/** One fault as it happens. */
interface Occurrence {
  readonly step: Inject;
  readonly fromMs: number;
  /** Infinity: until the heal. */
  readonly toMs: number;
  /** What it does, as JSON. */
  readonly action: string;
}

/** An item of the plan's `faults`, and all that becomes of it: several, where it happens again and again. */
interface Item {
  /** `faults[0]`. */
  readonly path: string;
  readonly all: readonly Occurrence[];
  readonly first: Occurrence;
  /** What it does and when, as texts to compare by: made once, for every item is compared with every other. */
  readonly kinds: string;
  readonly actions: string;
  readonly times: string;
  readonly signature: string;
}

/**
 * How the faults differ, whatever the order of the plan's list. Items that happen alike are no change; of the others those belong
 * together that do most alike, and what is left over was added or removed.
 */
export function faultsDiffer(before: Timeline, after: Timeline): Change[] {
  const [old, now] = withoutTwins(itemsOf(before), itemsOf(after));
  if (happening(old) === happening(now)) return [];
  const pairs = paired(old, now);
  const inPair = [new Set(pairs.map(([was]) => was)), new Set(pairs.map(([, is]) => is))] as const;
  const changes = pairs.map(([was, is]) => ({ at: is.first.fromMs, change: pairChange(was, is) }));
  const lone = (items: readonly Item[], side: 0 | 1, change: (item: Item) => Change) =>
    items.filter((item) => !inPair[side].has(item)).map((item) => ({ at: item.first.fromMs, change: change(item) }));
  return [...changes, ...lone(old, 0, removed), ...lone(now, 1, added)]
    .sort((a, b) => a.at - b.at)
    .map(({ change }) => change);
}

function itemsOf({ steps }: Timeline): Item[] {
  const undone = new Set(steps.flatMap((step) => (step.do === 'undo' ? [step.fault] : [])));
  const items = new Map<string, Occurrence[]>();
  for (const step of steps) {
    if (step.do !== 'inject') continue;
    const path = /^faults\[\d+\]/.exec(step.place.path)?.[0] ?? step.place.path;
    const toMs = step.forMs !== null && undone.has(step.fault) ? step.atMs + step.forMs : Number.POSITIVE_INFINITY;
    const action = JSON.stringify([step.nemesis, step.action]);
    const item = items.get(path) ?? [];
    item.push({ step, fromMs: step.atMs, toMs, action });
    items.set(path, item);
  }
  return [...items].map(([path, all]) => {
    const texts = (of: (one: Occurrence) => string) => [...new Set(all.map(of))].sort().join();
    return {
      path,
      all,
      first: all[0] as Occurrence,
      kinds: texts(({ step }) => step.nemesis),
      actions: texts(({ action }) => action),
      times: all.map(({ fromMs, toMs }) => `${fromMs} ${toMs}`).join(),
      signature: all.map(signature).join('\n'),
    };
  });
}

/** All that happens, whatever the items that say so: three faults, or one that happens three times. */
function happening(items: readonly Item[]): string {
  return items
    .flatMap(({ all }) => all.map(signature))
    .sort()
    .join('\n');
}

/** Both without the items that happen at the same times and do the same. */
function withoutTwins(old: readonly Item[], now: readonly Item[]): [Item[], Item[]] {
  const left = [...now];
  const gone = old.filter((item) => {
    const twin = left.findIndex((other) => other.signature === item.signature);
    if (twin < 0) return true;
    left.splice(twin, 1);
    return false;
  });
  return [gone, left];
}

function signature({ fromMs, toMs, action }: Occurrence): string {
  return `${fromMs} ${toMs} ${action}`;
}

/** Items that belong together: the most alike first, then those that begin nearest to each other. */
function paired(old: readonly Item[], now: readonly Item[]): [Item, Item][] {
  const candidates = old
    .flatMap((was) => now.map((is) => ({ was, is, alike: likeness(was, is) })))
    .filter(({ alike }) => alike > 0)
    .sort((a, b) => b.alike - a.alike || apart(a.was, a.is) - apart(b.was, b.is));
  const taken = new Set<Item>();
  return candidates.flatMap(({ was, is }): [Item, Item][] => {
    if (taken.has(was) || taken.has(is)) return [];
    taken.add(was).add(is);
    return [[was, is]];
  });
}

function apart(a: Item, b: Item): number {
  return Math.abs(a.first.fromMs - b.first.fromMs);
}

function likeness(was: Item, is: Item): number {
  if (was.actions === is.actions) return 4;
  if (was.kinds === is.kinds) return was.times === is.times ? 3 : 2;
  return was.times === is.times ? 1 : 0;
}

function pairChange(was: Item, is: Item): Change {
  const common = { group: 'faults', path: is.path } as const;
  if (was.all.length > 1 || is.all.length > 1) return { ...common, ...repeatedChange(was, is) };
  const [old, now] = [was.first, is.first];
  const { fault } = now.step;
  if (old.action !== now.action) {
    const [before, after] =
      old.fromMs === now.fromMs && old.toMs === now.toMs ? [doing(old), doing(now)] : [whole(old), whole(now)];
    return { ...common, kind: 'changed', subject: `${fault}, ${span(now)}`, before, after };
  }
  const moved = old.toMs - old.fromMs === now.toMs - now.fromMs;
  return {
    ...common,
    kind: moved ? 'moved' : 'resized',
    subject: `${fault} ${doing(now)}`,
    before: span(old),
    after: span(now),
    note: [shifted(old, now), moved ? '' : lengthened(old, now)].filter(Boolean).join(', '),
  };
}

function shifted(old: Occurrence, now: Occurrence): string {
  const byMs = now.fromMs - old.fromMs;
  return byMs === 0 ? '' : `${formatMs(Math.abs(byMs))} ${byMs > 0 ? 'later' : 'earlier'}`;
}

function lengthened(old: Occurrence, now: Occurrence): string {
  if (now.toMs === Number.POSITIVE_INFINITY) return 'no end of its own any more';
  if (old.toMs === Number.POSITIVE_INFINITY) return 'with an end of its own';
  const byMs = now.toMs - now.fromMs - (old.toMs - old.fromMs);
  return `${formatMs(Math.abs(byMs))} ${byMs > 0 ? 'longer' : 'shorter'}`;
}

/** What happens again and again is told as a whole, and how many of its times or targets are others where there are as many. */
function repeatedChange(was: Item, is: Item): Omit<Change, 'group' | 'path'> {
  const [before, after] = [repeated(was), repeated(is)];
  const subject = `${names(is)} ${kindsOf(is)}`;
  const note = redrawn(was, is);
  if (before !== after) return { kind: 'changed', subject, before, after, ...(note !== undefined && { note }) };
  return { kind: 'changed', subject: `${subject}: ${after}`, note: note ?? 'in another order' };
}

function redrawn(was: Item, is: Item): string | undefined {
  if (was.all.length !== is.all.length || is.all.length === 1) return undefined;
  const differing = (of: (one: Occurrence) => unknown) =>
    is.all.filter((one, index) => of(one) !== of(was.all[index] as Occurrence)).length;
  const moved = differing(({ fromMs }) => fromMs);
  const aimed = differing(({ action }) => action);
  // The heal may cut the last one short, or no longer; how long they are to last is told anyway.
  const cut = differing(({ step, toMs }) => step.forMs !== null && toMs === Number.POSITIVE_INFINITY);
  const parts = [
    moved > 0 && `${moved} at another time`,
    cut > 0 && `${cut} with an end by the heal where it had its own, or the other way round`,
    aimed > 0 && `${aimed} with another target`,
  ].filter(Boolean);
  return parts.length === 0 ? undefined : `Of ${is.all.length}, ${parts.join(', ')}.`;
}

function removed(item: Item): Change {
  return { group: 'faults', kind: 'removed', subject: names(item), before: told(item), path: item.path };
}

function added(item: Item): Change {
  return { group: 'faults', kind: 'added', subject: names(item), after: told(item), path: item.path };
}

function told(item: Item): string {
  return item.all.length === 1 ? whole(item.first) : `${kindsOf(item)} ${repeated(item)}`;
}

/** `f1`, `f2, f3, f5`, `f1 to f6`: others may be between those. */
function names({ all, first }: Item): string {
  if (all.length <= NAMES_MAX) return all.map(({ step }) => step.fault).join(', ');
  return `${first.step.fault} to ${all.at(-1)?.step.fault}`;
}

const NAMES_MAX = 4;

function kindsOf({ all }: Item): string {
  return [...new Set(all.map(({ step }) => step.nemesis))].join(' or ');
}

/** `6 times, 10s to 60s, each for 5s: kill {n1} (4), kill {n3} (2)`. */
function repeated({ all, first }: Item): string {
  const last = all.at(-1) as Occurrence;
  const lengths = [
    ...new Set(all.map(({ step }) => (step.forMs === null ? 'until the heal' : `for ${formatMs(step.forMs)}`))),
  ];
  const counts = new Map<string, number>();
  for (const one of all) counts.set(doing(one), (counts.get(doing(one)) ?? 0) + 1);
  const targets = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `${what} (${count})`);
  const shown =
    targets.length > TARGETS_MAX ? [...targets.slice(0, TARGETS_MAX), `${targets.length - TARGETS_MAX} more`] : targets;
  const when =
    all.length === 1
      ? `at ${formatMs(first.fromMs)}`
      : `first at ${formatMs(first.fromMs)}, last at ${formatMs(last.fromMs)}`;
  return `${counted(all.length, 'time')}, ${when}, each ${lengths.join(' or ')}: ${shown.join(', ')}`;
}

/** Different things that a repeated fault does, in one line. */
const TARGETS_MAX = 4;

function doing({ step }: Occurrence): string {
  return faultWords(step);
}

function span({ step, fromMs, toMs }: Occurrence): string {
  return step.lasting ? `at ${formatMs(fromMs)}` : spanWords(fromMs, toMs);
}

function whole(one: Occurrence): string {
  return `${doing(one)}, ${span(one)}`;
}
