import { formatMs } from '../base/units.ts';
import { type Bar, gantt, type Section } from './gantt.ts';
import { majorityGaps } from './majority.ts';
import { lastDueOf, type Step, type Timeline } from './timeline.ts';

/** Bars that a reader still reads, and that keep the text far below the 50,000 letters that Mermaid takes. */
const FAULTS_MAX = 44;
const GAPS_MAX = 10;
/** What is left of them for each of the two, where there is a before. */
const SHARE_OF_TWO = 0.5;
/** Nodes of a set that are all named; of larger ones some. */
const NAMES_MAX = 5;
const NAMES_SHOWN = 2;
/** Of a chart without any time that is known. */
const EMPTY_MS = 10_000;

/**
 * The timeline as a Mermaid gantt, without the fence around it: the workload, each fault, the times without a majority and
 * the end. With `before`, the faults of that timeline too that are no more, in grey. At most some sixty bars: of
 * what happens more often, the first ones and how many more.
 */
export function ganttOf(timeline: Timeline, before?: Timeline): string {
  const openMs = openEnd(before === undefined ? [timeline] : [timeline, before]);
  const now = chartOf(timeline, openMs);
  const was = before === undefined ? undefined : chartOf(before, openMs);
  const differs = was !== undefined && scheduleOf(was) !== scheduleOf(now);
  const gapsDiffer = was !== undefined && gapsOf(was) !== gapsOf(now);
  const share = differs || gapsDiffer ? SHARE_OF_TWO : 1;
  const paces = was === undefined || pace(was) === pace(now) ? [now] : [now, was];
  return gantt([
    { name: 'workload', bars: paces.map((chart) => workloadBar(chart, chart === now)) },
    ...faultSections(now, FAULTS_MAX * share),
    ...(differs ? [faultsBefore(was, now, FAULTS_MAX * share)] : []),
    { name: 'majority', bars: gapBars(now, 'crit', GAPS_MAX * share) },
    ...(gapsDiffer ? [{ name: 'majority before', bars: gapBars(was, 'done', GAPS_MAX * share) }] : []),
    { name: 'end', bars: endBars(now) },
  ]);
}

/** A timeline, and when its chart lets the heal begin. */
interface Chart {
  readonly timeline: Timeline;
  readonly healMs: number;
  readonly faults: readonly Fault[];
}

interface Fault {
  readonly step: Extract<Step, { do: 'inject' }>;
  readonly words: string;
  readonly fromMs: number;
  readonly toMs: number;
}

function chartOf(timeline: Timeline, openMs: number): Chart {
  const healMs = timeline.workload.durationMs ?? openMs;
  const ends = new Map(timeline.steps.flatMap((step) => (step.do === 'undo' ? [[step.fault, step.atMs]] : [])));
  const faults = timeline.steps.flatMap((step): Fault[] => {
    if (step.do !== 'inject') return [];
    const undoneMs = ends.get(step.fault);
    const long = undoneMs === undefined ? 'until the heal' : formatMs(undoneMs - step.atMs);
    const words = `${shortSets(step.effect.words)}, ${long}`;
    return [{ step, words, fromMs: step.atMs, toMs: undoneMs ?? Math.max(healMs, step.atMs) }];
  });
  return { timeline, healMs, faults };
}

/** Where a chart ends whose workload has no rate: beyond everything of which the time is known. */
function openEnd(timelines: readonly Timeline[]): number {
  const times = timelines.flatMap(({ steps, workload }) => [
    workload.durationMs ?? 0,
    ...steps.map((step) => ('atMs' in step ? step.atMs : 0)),
  ]);
  const lastMs = times.reduce((a, b) => Math.max(a, b), 0);
  return lastMs === 0 ? EMPTY_MS : lastMs * 1.2;
}

/** `{n1, n2 and 11 more}`: sets of nodes as short as a bar needs them. */
function shortSets(words: string): string {
  return words.replaceAll(/\{([^{}]*)\}/g, (set, inside: string) => {
    const names = inside.split(', ');
    if (names.length <= NAMES_MAX) return set;
    return `{${names.slice(0, NAMES_SHOWN).join(', ')} and ${names.length - NAMES_SHOWN} more}`;
  });
}

/** What happens when, to compare two of them. */
function scheduleOf({ faults }: Chart): string {
  return JSON.stringify(faults.map(({ step, fromMs, toMs }) => [step.nemesis, step.action, fromMs, toMs]));
}

function gapsOf({ timeline }: Chart): string {
  return JSON.stringify(majorityGaps(timeline).map(({ fromMs, toMs }) => [fromMs, toMs]));
}

function pace({ timeline: { workload } }: Chart): string {
  const { name, count, ratePerS, durationMs } = workload;
  if (ratePerS === null) return `${count} ops of ${name} as fast as the clients can, the end is unknown`;
  return `${count} ops of ${name} at ${ratePerS}/s, ${formatMs(durationMs ?? 0)}`;
}

function workloadBar(chart: Chart, isNow: boolean): Bar {
  const text = isNow ? pace(chart) : `before, ${pace(chart)}`;
  return { text, fromMs: 0, toMs: chart.healMs, look: isNow ? 'active' : 'done' };
}

/** A section for each of the plan's faults, a bar for each time that it happens. */
function faultSections({ timeline, faults }: Chart, max: number): Section[] {
  const items = itemsOf(faults);
  const shown = items.length > max / 2 ? items.slice(0, max / 2 - 1) : items;
  const each = fairShare(
    shown.map((item) => item.length),
    max,
  );
  const rest = items.slice(shown.length).flat();
  const sections = shown.map((item) => ({
    name: nameOf(item, timeline),
    bars: capped(item.map(faultBar('crit')), each),
  }));
  return [...sections, { name: 'other faults', bars: capped(rest.map(faultBar('crit')), 0) }];
}

/** The faults by where they stand in the plan, in the order of the first of each. */
function itemsOf(faults: readonly Fault[]): Fault[][] {
  const items = new Map<string, Fault[]>();
  for (const fault of faults) {
    const { place, nemesis } = fault.step;
    const item = /^faults\[\d+\]/.exec(place.path)?.[0] ?? nemesis;
    const known = items.get(item);
    if (known === undefined) items.set(item, [fault]);
    else known.push(fault);
  }
  return [...items.values()];
}

/** Those that are not there any more as they were. */
function faultsBefore({ faults }: Chart, now: Chart, max: number): Section {
  const none: Bar = { text: 'no fault before', fromMs: 0, toMs: 0, look: 'done' };
  const key = ({ fromMs, toMs, words }: Fault) => JSON.stringify([fromMs, toMs, words]);
  const still = new Set(now.faults.map(key));
  const bars = faults.filter((fault) => !still.has(key(fault))).map(faultBar('done'));
  return { name: 'faults before', bars: faults.length === 0 ? [none] : capped(bars, max) };
}

function faultBar(look: Bar['look'] & string): (fault: Fault) => Bar {
  return ({ step, words, fromMs, toMs }) => ({ text: `${step.fault} ${words}`, fromMs, toMs, look });
}

/** `partition, line 12`; the line only where the plan's file has it. */
function nameOf(item: readonly Fault[], { overrides = [] }: Timeline): string {
  const nemeses = [...new Set(item.map(({ step }) => step.nemesis))].join(' or ');
  const line = item[0]?.step.place.line;
  return overrides.some(({ path }) => path.startsWith('faults')) ? nemeses : `${nemeses}, line ${line}`;
}

function gapBars({ timeline, healMs }: Chart, look: Bar['look'] & string, max: number): Bar[] {
  const bars = majorityGaps(timeline).map(({ fromMs, toMs }): Bar => {
    const long = toMs === Number.POSITIVE_INFINITY ? 'until the heal' : formatMs(toMs - fromMs);
    return { text: `no majority, ${long}`, fromMs, toMs: Math.max(fromMs, Math.min(toMs, healMs)), look };
  });
  return capped(bars, max);
}

/** The last operation, and what follows at the earliest: the run waits for what is late. */
function endBars({ timeline, healMs }: Chart): Bar[] {
  const settle = timeline.steps.find((step) => step.do === 'settle');
  const settleMs = settle?.do === 'settle' ? settle.forMs : 0;
  const lastMs = lastDueOf(timeline.workload);
  if (lastMs === null) {
    const text = `last op, heal, settle ${formatMs(settleMs)}, final reads, when only the run knows`;
    return [{ text, fromMs: healMs, toMs: healMs }];
  }
  return [
    { text: 'last op', fromMs: lastMs, toMs: lastMs },
    { text: `heal, then settle ${formatMs(settleMs)}`, fromMs: healMs, toMs: healMs + settleMs },
    { text: 'final reads, at the earliest', fromMs: healMs + settleMs, toMs: healMs + settleMs },
  ];
}

/** The largest number so that no more than `max` are left where each has at most as many; at least 1. */
function fairShare(counts: readonly number[], max: number): number {
  let share = Math.max(1, ...counts);
  const left = () => counts.reduce((sum, count) => sum + (count > share ? share + 1 : count), 0);
  while (share > 1 && left() > max) share--;
  return share;
}

/** The first `max` bars, and one for the others together, if they are more. */
function capped(bars: readonly Bar[], max: number): Bar[] {
  const rest = bars.slice(max);
  const first = rest[0];
  if (first === undefined) return [...bars];
  const fromMs = rest.reduce((least, bar) => Math.min(least, bar.fromMs), first.fromMs);
  const toMs = rest.reduce((most, bar) => Math.max(most, bar.toMs), first.toMs);
  const lastMs = rest.reduce((most, bar) => Math.max(most, bar.fromMs), first.fromMs);
  return [
    ...bars.slice(0, max),
    { text: `and ${rest.length} more, the last at ${formatMs(lastMs)}`, fromMs, toMs, look: 'done' },
  ];
}
