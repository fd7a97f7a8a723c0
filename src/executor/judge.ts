import { NS_PER_MS } from '../base/clock.ts';
import {
  BARE_CONTEXT,
  type CheckerResult,
  mergeValid,
  type NodeLog,
  type Registry,
  type Use,
  type Validity,
} from '../contract/index.ts';
import type { History } from '../history/index.ts';
import type { Timeline } from '../timeline/index.ts';
import { checkAll } from './check.ts';
import { type Evidence, evidence, gaps, gateValid, type Phase } from './evidence.ts';

/** results.json. The names are a contract with scripts; counts are numbers, element lists compact strings. */
export interface Results {
  readonly plan: string;
  readonly environment: string;
  /** What was simulated, where it was a simulation: `MongoDB 2.4.1`. */
  readonly simulated: string | null;
  readonly seed: number;
  readonly valid: Validity;
  readonly expect: 'valid' | 'invalid';
  readonly as_expected: boolean;
  /** Why `valid` is not true, a sentence each. */
  readonly why: readonly string[];
  readonly checkers: Readonly<Record<string, CheckerResult>>;
  readonly require: RequireResult;
  readonly faults: readonly FaultResult[];
  /** When the workload began, nanoseconds of the history: when the first operation was due. */
  readonly start_ns: number;
  readonly operations: Evidence['operations'];
  readonly latency_ms: Quantiles;
  /** Of the operations that ended ok, the reads at the end left out; null without a fault. See `Phase`. */
  readonly latency_by_phase_ms: Readonly<Record<Phase, PhaseQuantiles | null>> | null;
  /** How late an open-loop schedule ran; null without a rate. */
  readonly lateness_ms: Quantiles | null;
  /** Remarks that do not bear on the verdict: a cluster that did not come together, a failed tear-down. */
  readonly notes: readonly string[];
  /** What ended the run before its time, if anything did. */
  readonly error: string | null;
}

export interface RequireResult {
  readonly valid: Validity;
  readonly before: { readonly required: number; readonly ok: number };
  readonly during: readonly { readonly fault: string; readonly required: number; readonly ok: number }[];
  readonly after: { readonly required: number; readonly ok: number };
}

export interface FaultResult {
  readonly fault: string;
  readonly nemesis: string;
  readonly words: string;
  readonly hit: unknown;
  /** When it was due, in milliseconds of the workload. */
  readonly due_ms: number;
  /** From the begin of the injection until each node, and the last one, had it. */
  readonly nodes_ms: Readonly<Record<string, number>>;
  readonly last_node_ms: number;
  /** From the due time until it was in force, finding out whom it hits included. */
  readonly onset_ms: number;
  readonly undo_last_node_ms: number | null;
  readonly presence: string;
  readonly presence_after: string | null;
  readonly ok_during: number;
  /** From the begin of its injection until the last node was rid of it, nanoseconds of the history; null: until the end. */
  readonly from_ns: number;
  readonly until_ns: number | null;
}

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface PhaseQuantiles extends Quantiles {
  readonly count: number;
}

/**
 * Judges a history against its timeline: the checkers' verdicts, and whether the run earned one. A checker that
 * throws, gives no verdict, or has none when `patience` aborts, gives `unknown`. False over unknown over true.
 */
export async function judge(
  timeline: Timeline,
  history: History,
  registry: Registry,
  circumstances: { notes: readonly string[]; error: string | null; logs?: readonly NodeLog[] },
  patience?: AbortSignal,
): Promise<Results> {
  const found = evidence(history, finalReadsOf(timeline, registry));
  const missing = gaps(found, timeline.require);
  const numbers = numbersOf(found);
  const { error, notes, logs = [] } = circumstances;
  const checkers = await checkAll(timeline.checkers, history, registry, {
    nodes: timeline.nodes,
    home: (process) => timeline.clients[process % timeline.clients.length]?.home,
    logs,
    reported: numbers,
    ...(error !== null && { cutShort: error }),
    ...(patience !== undefined && { signal: patience }),
  });
  const valid = mergeValid([
    ...Object.values(checkers).map((result) => result.valid),
    gateValid(missing),
    ...(error === null ? [] : ['unknown' as const]),
  ]);
  return {
    plan: timeline.plan,
    environment: timeline.environment.name,
    simulated: simulatedOf(timeline, registry),
    seed: timeline.seed,
    valid,
    expect: timeline.expect,
    as_expected: valid === (timeline.expect === 'valid'),
    why: [...(error === null ? [] : [error]), ...reasons(checkers), ...missing],
    checkers,
    require: requireResult(found, timeline, gateValid(missing)),
    faults: faultResults(found, timeline),
    start_ns: found.startNs,
    ...numbers,
    notes,
    error,
  };
}

/** What is counted and measured of all operations. */
function numbersOf(found: Evidence) {
  return {
    operations: found.operations,
    latency_ms: quantiles(found.latency),
    latency_by_phase_ms: found.faults.length === 0 ? null : byPhase(found.phases),
    lateness_ms: found.lateness.count === 0 ? null : quantiles(found.lateness),
  };
}

/** What checkers find in a history that comes without a timeline. */
export interface Finding {
  readonly valid: Validity;
  readonly why: readonly string[];
  readonly checkers: Readonly<Record<string, CheckerResult>>;
}

/** Judges a history by checkers alone: one from elsewhere, say. `cutShort` as in `CheckContext`. */
export async function judgeAlone(
  history: History,
  uses: readonly Use[],
  registry: Registry,
  cutShort: string | null = null,
): Promise<Finding> {
  const asked = uses.some(({ name }) => registry.checkers.get(name)?.last === true);
  const reported = asked ? numbersOf(evidence(history)) : {};
  const checkers = await checkAll(uses, history, registry, {
    ...BARE_CONTEXT,
    reported,
    ...(cutShort !== null && { cutShort }),
  });
  const valid = mergeValid(Object.values(checkers).map((result) => result.valid));
  return { valid, why: reasons(checkers), checkers };
}

function reasons(checkers: Readonly<Record<string, CheckerResult>>): string[] {
  return Object.entries(checkers).flatMap(([name, { why }]) => (why === undefined ? [] : [`${name}: ${why}`]));
}

/** The `f`s of the reads at the end. A workload that cannot tell them has ended its run by that already. */
function finalReadsOf({ workload, nodes }: Timeline, registry: Registry): Set<string> {
  try {
    const reads = registry.workloads.get(workload.name)?.finalReads(workload.settings, nodes) ?? [];
    return new Set(reads.map(({ f }) => f));
  } catch {
    return new Set();
  }
}

function requireResult(found: Evidence, { require }: Timeline, valid: Validity): RequireResult {
  return {
    valid,
    before: { required: require.before, ok: found.okBefore },
    during: found.faults.map(({ fault, ok }) => ({ fault, required: require.during, ok })),
    after: { required: found.faults.length === 0 ? 0 : require.after, ok: found.okAfter },
  };
}

function faultResults(found: Evidence, timeline: Timeline): FaultResult[] {
  const planned = new Map(
    timeline.steps.flatMap((step) => (step.do === 'inject' ? [[step.fault, step] as const] : [])),
  );
  return found.faults.map((fault) => ({
    fault: fault.fault,
    nemesis: fault.nemesis,
    words: planned.get(fault.fault)?.effect.words ?? '',
    hit: fault.hit,
    due_ms: planned.get(fault.fault)?.atMs ?? 0,
    nodes_ms: fault.nodesMs,
    last_node_ms: fault.lastMs,
    onset_ms: fault.onsetMs,
    undo_last_node_ms: fault.undoLastMs ?? null,
    presence: fault.presence,
    presence_after: fault.presenceAfter ?? null,
    ok_during: fault.ok,
    from_ns: fault.fromNs,
    until_ns: fault.untilNs ?? null,
  }));
}

function quantiles(histogram: Evidence['latency']): Quantiles {
  const ms = (ns: number) => Math.round(ns / (NS_PER_MS / 1000)) / 1000;
  return { p50: ms(histogram.quantile(0.5)), p99: ms(histogram.quantile(0.99)), max: ms(histogram.max) };
}

function byPhase({ before, during, after }: Evidence['phases']): Record<Phase, PhaseQuantiles | null> {
  const of = (phase: Evidence['latency']) => (phase.count === 0 ? null : { count: phase.count, ...quantiles(phase) });
  return { before: of(before), during: of(during), after: of(after) };
}

/** What a timeline simulates, in words; null where it runs on real nodes. */
export function simulatedOf({ environment, database, nodes }: Timeline, registry: Registry): string | null {
  if (registry.environments.get(environment.name)?.simulated !== true) return null;
  return registry.databases.get(database.name)?.simulates?.(database.settings, nodes.length) ?? database.name;
}
