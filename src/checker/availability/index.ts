import Type from 'typebox';
import { isWithin } from '../../base/bound.ts';
import { formatMs } from '../../base/units.ts';
import type { CheckerModule, CheckerResult, Settings } from '../../contract/index.ts';
import { NEMESIS, type Op } from '../../history/index.ts';
import { boundOf, DurationBound } from '../bound.ts';
import { Counter, type Found } from './counter.ts';
import { Sides } from './sides.ts';

const BOUND = /^(>=|<=|>|<) ?(100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%$/;

const settings = Type.Object(
  {
    acknowledged: Type.String({
      description:
        'What part of the operations must end ok. Those that only look (read, verify) do not count: they are tried until they do. With on_unknown: retry each try counts.',
      pattern: BOUND.source,
      expected: 'a bound such as ">= 90%" or "< 100%"',
      strictness: 'bound',
      default: '>= 90%',
      examples: ['>= 90%', '> 99.9%'],
    }),
    gap: Type.Optional(
      DurationBound(
        'How long at most none of the operations that were tried may end ok. Without it any gap is accepted.',
        '< 5s',
      ),
    ),
  },
  { additionalProperties: false },
);

export interface AvailabilityFinding extends CheckerResult, Found {
  readonly bound: string;
  /** The same as `rate`, by the name of the setting. */
  readonly acknowledged_rate: number;
  /** By the node at which the clients are at home, where that is known. */
  readonly nodes: Readonly<Record<string, Found>>;
  /** By the side of a partition that the clients' homes are on: what was invoked while it was in force. */
  readonly sides: readonly ({ readonly fault: string; readonly side: string } & Found)[];
}

/**
 * Counts how the clients' operations ended, and finds the longest time in which none ended ok although some were tried. An operation that
 * only looks (`f` begins with `read`, or is `verify`) does not count; one that never completed counts as `info`. Result: `attempted, ok, fail, info,
 * rate (ok / attempted), longest_gap_ms, bound`, and the same by node and by side of each partition (availability as in Gilbert and Lynch, Brewer's
 * Conjecture, 2002, section 2.2, is a promise of every node that has not failed: the whole's share hides a side that had none). One pass.
 */
export const availability: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'availability',
  summary: 'The part of the operations that were acknowledged, and the longest gap, against bounds; per node and side.',
  settings,
  judges: 'any',
  check(history, { acknowledged: bound, gap }: Settings<typeof settings>, context): CheckerResult {
    const limit = gap === undefined ? undefined : boundOf(gap);
    const whole = new Counter((ms) => limit !== undefined && !isWithin(limit, ms));
    const nodes = new Map<string, Counter>();
    const sides = new Sides();
    const open = new Map<number, { invoke: Op; counters: readonly Counter[] }>();
    let timed = false;
    for (const op of history.ops()) {
      timed ||= (op.time ?? 0) > 0;
      if (op.process === NEMESIS) sides.follow(op);
      else if (op.type === 'invoke') {
        if (op.f.startsWith('read') || op.f === 'verify') continue;
        const home = context.home(op.process);
        const counters = [whole, ...(home === undefined ? [] : [counterOf(home, nodes), ...sides.of(home)])];
        for (const counter of counters) counter.invoke(op);
        open.set(op.process, { invoke: op, counters });
      } else {
        for (const counter of open.get(op.process)?.counters ?? []) counter.complete(op);
        open.delete(op.process);
      }
    }
    const found = {
      ...whole.found(),
      bound,
      acknowledged_rate: whole.rate,
      nodes: Object.fromEntries([...nodes].sort(byName).map(([node, counter]) => [node, counter.found()])),
      sides: sides.found(),
    };
    const { attempted, ok, rate, longest_gap_ms } = found;
    if (attempted === 0) return { valid: 'unknown', why: 'no operation was attempted', ...found };
    const broken = whole.gaps;
    const wrong = [
      ...(holds(ok, attempted, bound) ? [] : [`${percentage(rate)} of the operations were acknowledged, not ${bound}`]),
      ...(broken.length === 0 ? [] : [`no operation ended ok for ${formatMs(longest_gap_ms)}, not ${gap}`]),
    ];
    const doubt =
      gap === undefined || timed ? undefined : 'the history has no times: how long the gaps are is not known';
    return {
      ...(wrong.length > 0
        ? { valid: false, why: wrong.join('; ') }
        : doubt === undefined
          ? { valid: true }
          : { valid: 'unknown', why: doubt }),
      ...found,
      ...(broken.length > 0 && { broken }),
    };
  },
  text(result) {
    const { attempted, ok, fail, info, rate, bound, longest_gap_ms, nodes, sides } = result as AvailabilityFinding;
    if (attempted === 0) return ['no operation was attempted'];
    return [
      `${percentage(rate)} of ${attempted} operations acknowledged (bound: ${bound})`,
      `${ok} ok, ${fail} fail, ${info} info`,
      ...(longest_gap_ms < TELLING_MS ? [] : [`longest time in which none ended ok: ${formatMs(longest_gap_ms)}`]),
      ...sideLines(sides),
      ...nodeLines(nodes),
    ];
  },
};

/** A gap shorter than this is no news: between any two operations there is one. */
const TELLING_MS = 100;
const SIDES_MAX = 8;

/** The sides on which somebody tried something. */
function sideLines(sides: AvailabilityFinding['sides']): string[] {
  const tried = sides.filter(({ attempted }) => attempted > 0);
  const told = tried.slice(0, SIDES_MAX);
  const more = tried.length - told.length;
  return [
    ...told.map(({ fault, side, ...part }) => `during ${fault}, clients of {${side}}: ${partWords(part)}`),
    ...(more === 0 ? [] : [`... and ${more} more sides`]),
  ];
}

/** By node where some were worse off than others. */
function nodeLines(nodes: AvailabilityFinding['nodes']): string[] {
  const all = Object.entries(nodes);
  const shares = new Set(all.map(([, part]) => percentage(part.rate) + gapWords(part)));
  return shares.size < 2 ? [] : all.map(([node, part]) => `clients of ${node}: ${partWords(part)}`);
}

function partWords(part: Found): string {
  return `${percentage(part.rate)} of ${part.attempted} acknowledged${gapWords(part)}`;
}

function gapWords({ longest_gap_ms }: Found): string {
  return longest_gap_ms < TELLING_MS ? '' : `, longest gap ${formatMs(longest_gap_ms)}`;
}

function counterOf(name: string, counters: Map<string, Counter>): Counter {
  const own = counters.get(name) ?? new Counter();
  counters.set(name, own);
  return own;
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Compares ok * 100 with the bound * attempted: a rate such as 0.07 is not quite 7% in floating point. */
function holds(ok: number, attempted: number, text: string): boolean {
  const { sign, value } = boundOf(text);
  return isWithin({ sign, value: value * attempted, unit: '%' }, ok * 100);
}

/** Rounded down, so that 99.996% never reads as 100%. */
function percentage(rate: number): string {
  return `${Math.floor(rate * 10_000 + 1e-9) / 100}%`;
}
