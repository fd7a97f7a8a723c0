import Type from 'typebox';
import { isWithin } from '../../base/bound.ts';
import { NS_PER_MS } from '../../base/clock.ts';
import { formatMs } from '../../base/units.ts';
import type { CheckerModule, CheckerResult, Settings } from '../../contract/index.ts';
import type { Op } from '../../history/index.ts';
import { boundOf, DurationBound } from '../bound.ts';

const settings = Type.Object(
  {
    skew: Type.Optional(DurationBound('How far apart the clocks of two nodes may be at one moment.', '< 500ms')),
  },
  { additionalProperties: false },
);

/** One node's clock against the runner's, milliseconds: positive where it is ahead. */
interface NodeOffsets {
  readonly measured: number;
  readonly least_ms: number;
  readonly greatest_ms: number;
  /** The farthest from the runner's, ahead or behind, and when: the index of the operation. */
  readonly max_offset_ms: number;
  readonly index: number;
}

export interface ClockFinding extends CheckerResult {
  readonly measurements: number;
  readonly nodes: Readonly<Record<string, NodeOffsets>>;
  /** The farthest that two clocks were apart in one measurement; with one node, from the runner's. */
  readonly max_skew_ms: number;
  readonly skew_index?: number;
}

/**
 * Reports how far the nodes' clocks were off, as it was measured during the run: operations that carry `clock-offsets`,
 * a map from nodes to seconds ahead of the runner's clock (jepsen.checker.clock/clock-plot, jepsen.nemesis.time `check-offsets`). A history
 * without a measurement is unknown: that nobody looked does not mean that the clocks were right. Without a bound it measures, and is valid.
 */
export const clock: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'clock',
  summary: 'How far the clocks of the nodes were off, as measured during the run, against a bound if wanted.',
  settings,
  judges: 'any',
  check(history, { skew }: Settings<typeof settings>): ClockFinding {
    const nodes: Record<string, NodeOffsets> = {};
    let measurements = 0;
    let max_skew_ms = 0;
    let skew_index: number | undefined;
    for (const op of history.ops()) {
      const offsets = offsetsOf(op);
      if (offsets === undefined) continue;
      measurements++;
      for (const [node, ms] of offsets) nodes[node] = withOffset(nodes[node], ms, op.index);
      const all = offsets.map(([, ms]) => ms);
      // of one clock alone: against the runner's
      if (all.length === 1) all.push(0);
      const apart = rounded(Math.max(...all) - Math.min(...all));
      if (skew_index === undefined || apart > max_skew_ms) {
        max_skew_ms = apart;
        skew_index = op.index;
      }
    }
    const found = { measurements, nodes, max_skew_ms, ...(skew_index !== undefined && { skew_index }) };
    if (measurements === 0) return { valid: 'unknown', why: 'no clock was measured', ...found };
    if (skew === undefined || isWithin(boundOf(skew), max_skew_ms)) return { valid: true, ...found };
    return {
      valid: false,
      why: `clocks were ${formatMs(max_skew_ms)} apart (operation ${skew_index}), not ${skew}`,
      ...found,
    };
  },
  text(result) {
    const { nodes, measurements, max_skew_ms } = result as ClockFinding;
    if (measurements === 0) return ['no clock was measured'];
    return [
      `clocks at most ${formatMs(max_skew_ms)} apart, in ${measurements} measurements`,
      ...Object.entries(nodes).map(
        ([node, { least_ms, greatest_ms }]) => `${node}: from ${signed(least_ms)} to ${signed(greatest_ms)}`,
      ),
    ];
  },
};

function offsetsOf(op: Op): [node: string, ms: number][] | undefined {
  const offsets = (op as { 'clock-offsets'?: unknown })['clock-offsets'];
  if (typeof offsets !== 'object' || offsets === null) return undefined;
  const numbers = Object.entries(offsets).filter(([, s]) => Number.isFinite(s));
  return numbers.length === 0 ? undefined : numbers.map(([node, s]) => [node, rounded((s as number) * 1000)]);
}

function withOffset(before: NodeOffsets | undefined, ms: number, index: number): NodeOffsets {
  if (before === undefined) return { measured: 1, least_ms: ms, greatest_ms: ms, max_offset_ms: ms, index };
  const further = Math.abs(ms) > Math.abs(before.max_offset_ms);
  return {
    measured: before.measured + 1,
    least_ms: Math.min(before.least_ms, ms),
    greatest_ms: Math.max(before.greatest_ms, ms),
    max_offset_ms: further ? ms : before.max_offset_ms,
    index: further ? index : before.index,
  };
}

/** To the nanosecond. */
function rounded(ms: number): number {
  return Math.round(ms * NS_PER_MS) / NS_PER_MS;
}

function signed(ms: number): string {
  return `${ms < 0 ? '-' : '+'}${formatMs(Math.abs(ms))}`;
}
