/**
 * What the history itself says about the run, whatever the checkers make of it: how many operations ended ok
 * before, during and after the faults, whether each fault was found on its nodes, how late the schedule ran. The
 * executor's gates are made of it: a run must earn its verdict.
 */
import { Histogram } from '../base/histogram.ts';
import type { Presence, Validity } from '../contract/index.ts';
import { type Completed, type History, type Op, pairs } from '../history/index.ts';

/** One fault as the history tells it. Its moments are places in the history: indexes of its operations. */
export interface FaultEvidence {
  readonly fault: string;
  readonly nemesis: string;
  /** When its injection began, and when the last node had it; undefined where it never came so far. */
  readonly began: number;
  readonly inForce?: number;
  /** When its undoing began, and when the last node was rid of it. */
  readonly ending?: number;
  readonly undone?: number;
  /** When it began, and when the last node was rid of it, nanoseconds of the history. */
  readonly fromNs: number;
  readonly untilNs?: number;
  /** What it hit, with symbolic nodes resolved. */
  readonly hit: unknown;
  readonly nodesMs: Readonly<Record<string, number>>;
  readonly lastMs: number;
  /** From the due time until it was in force. */
  readonly onsetMs: number;
  readonly undoLastMs?: number;
  /** What was found on the nodes after it was injected, and after it was undone. */
  readonly presence: Presence;
  readonly presenceAfter?: Presence;
  /** Operations invoked and ended ok while it was in force. */
  readonly ok: number;
}

export interface Evidence {
  readonly faults: readonly FaultEvidence[];
  /** When the first operation was due; 0 without one. */
  readonly startNs: number;
  /** Ok before the first fault began (of the whole run, without a fault). */
  readonly okBefore: number;
  /** Invoked, and ok, after the last fault was undone; the final reads are among them. */
  readonly okAfter: number;
  /** Whether the workload was over, all operations ended, when the first fault began. */
  readonly tooLate: boolean;
  /** What the cluster still lacked when it was read at the end; undefined where it had come together again. */
  readonly unsettled: string | undefined;
  readonly operations: Readonly<Record<'invoked' | 'ok' | 'fail' | 'info', number>>;
  /** Nanoseconds from invocation to completion, of the operations that ended ok. */
  readonly latency: Histogram;
  /** The same by phase, without the reads at the end; of a run without a fault there is nothing in it. */
  readonly phases: Readonly<Record<Phase, Histogram>>;
  /** Nanoseconds after the due time, of an open-loop schedule's invocations. */
  readonly lateness: Histogram;
}

/**
 * Where an operation stands: it ended before the first fault began, was under way while one was there (be it a
 * moment), or was invoked after the last one was undone. Between two faults it is in no phase.
 */
export type Phase = 'before' | 'during' | 'after';

/**
 * Gathers the evidence; reads the history twice and holds none of it. `finalReads` are the `f`s of the reads at the
 * end: such an operation is one where nothing else was invoked any more.
 */
export function evidence(history: History, finalReads: ReadonlySet<string> = new Set()): Evidence {
  const { faults, startNs, unsettled, lastOther, lastWorked } = survey(history, finalReads);
  const first = Math.min(Number.POSITIVE_INFINITY, ...faults.map((fault) => fault.began));
  const last = Math.max(0, ...faults.map((fault) => fault.undone ?? Number.POSITIVE_INFINITY));
  const operations = { invoked: 0, ok: 0, fail: 0, info: 0 };
  const latency = new Histogram();
  const phases = { before: new Histogram(), during: new Histogram(), after: new Histogram() };
  const lateness = new Histogram();
  let okBefore = 0;
  let okAfter = 0;
  for (const { invoke, completion } of pairs(history)) {
    operations.invoked++;
    if (invoke.late !== undefined) lateness.add(invoke.late);
    operations[outcomeOf(completion)]++;
    if (completion?.type !== 'ok') continue;
    latency.add(completion.time - invoke.time);
    if (completion.index < first) okBefore++;
    if (faults.length > 0 && invoke.index > last) okAfter++;
    for (const fault of faults) if (within(fault, invoke, completion)) fault.ok++;
    if (faults.length === 0 || invoke.index > lastOther) continue;
    const phase = phaseOf(invoke, completion, { faults, first, last });
    if (phase !== undefined) phases[phase].add(completion.time - invoke.time);
  }
  const tooLate = faults.length > 0 && first > lastWorked;
  return { faults, startNs, okBefore, okAfter, tooLate, unsettled, operations, latency, phases, lateness };
}

/** Why the history does not carry a verdict, if so: an entry a shortcoming, in words. */
export function gaps(
  found: Evidence,
  require: { readonly before: number; readonly during: number; readonly after: number },
): string[] {
  const { faults, okBefore, okAfter, tooLate, unsettled } = found;
  const short: string[] = [];
  if (okBefore < require.before) {
    const when = faults.length === 0 ? 'in the whole run' : 'before the first fault';
    short.push(`only ${okBefore} operations ended ok ${when} (require.before: ${require.before})`);
  }
  if (tooLate) short.push('the workload was over before the first fault began');
  for (const { fault, nemesis, ok, presence, presenceAfter } of faults) {
    if (presence !== 'installed') short.push(`${fault} ${nemesis} was ${FOUND[presence]} when its nodes were asked`);
    if (presenceAfter !== undefined && presenceAfter !== 'not')
      short.push(`${fault} ${nemesis} was ${LEFT[presenceAfter]} after it was undone`);
    if (ok < require.during)
      short.push(
        `only ${ok} operations ended ok while ${fault} ${nemesis} was in force (require.during: ${require.during})`,
      );
  }
  if (faults.length > 0 && okAfter < require.after)
    short.push(`only ${okAfter} operations ended ok after the heal (require.after: ${require.after})`);
  if (unsettled !== undefined) short.push(`the cluster had not come together when it was read: ${unsettled}`);
  return short;
}

/** The gate's own verdict: unknown where anything is missing. It never says false: it judges the run, not the database. */
export function gateValid(gaps: readonly string[]): Validity {
  return gaps.length === 0 ? true : 'unknown';
}

const FOUND = {
  installed: 'in force',
  partly: 'only partly in force',
  not: 'not in force',
  unknown: 'not known to be in force',
} as const;
const LEFT = {
  installed: 'still in force',
  partly: 'partly still in force',
  not: 'gone',
  unknown: 'not known to be gone',
} as const;

function outcomeOf(completion: Completed['completion']): 'ok' | 'fail' | 'info' {
  return completion === undefined || completion.type === 'invoke' ? 'info' : completion.type;
}

function within(fault: FaultEvidence, invoke: Op, completion: Op): boolean {
  if (fault.inForce === undefined || invoke.index < fault.inForce) return false;
  return completion.index < (fault.ending ?? Number.POSITIVE_INFINITY);
}

/** An operation that a fault came upon, or that was invoked under one, tells what the fault cost. */
function phaseOf(
  invoke: Op,
  completion: Op,
  { faults, first, last }: { faults: readonly FaultEvidence[]; first: number; last: number },
): Phase | undefined {
  if (completion.index < first) return 'before';
  if (invoke.index > last) return 'after';
  const overlaps = ({ began, undone = Number.POSITIVE_INFINITY }: FaultEvidence) =>
    completion.index > began && invoke.index < undone;
  return faults.some(overlaps) ? 'during' : undefined;
}

type Draft = { -readonly [K in keyof FaultEvidence]: FaultEvidence[K] };

/**
 * What the nemesis's operations tell (see `faults.ts` and `run.ts`, which write them), and the index of the last
 * invocation, and of the last entry, that is no read of the end.
 */
function survey(
  history: History,
  finalReads: ReadonlySet<string>,
): { faults: Draft[]; startNs: number; unsettled: string | undefined; lastOther: number; lastWorked: number } {
  const faults = new Map<string, Draft>();
  const probed = new Set<string>();
  let startNs: number | undefined;
  let unsettled: string | undefined;
  let lastOther = -1;
  let lastWorked = -1;
  for (const { process, type, f, index, value, time, late = 0 } of history.ops()) {
    if (process !== 'nemesis') {
      startNs ??= time - late;
      if (finalReads.has(f)) continue;
      if (type === 'invoke') lastOther = index;
      lastWorked = index;
      continue;
    }
    if (f === 'unsettled') unsettled = (value as { missing: string }).missing;
    const [, verb, nemesis] = /^(start|stop|probe)-(.+)$/.exec(f) ?? [];
    if (verb === undefined || nemesis === undefined) continue;
    const said = value as {
      fault: string;
      hit?: unknown;
      nodes?: Record<string, number>;
      last_ms?: number;
      onset_ms?: number;
    } & {
      presence?: Presence;
    };
    // A nemesis of another tool.
    if (typeof said?.fault !== 'string') continue;
    const fault = faults.get(said.fault);
    if (fault === undefined) {
      const blank = { hit: null, nodesMs: {}, lastMs: 0, onsetMs: 0, presence: 'unknown' as const, ok: 0 };
      if (verb === 'start')
        faults.set(said.fault, { fault: said.fault, nemesis, began: index, fromNs: time, ...blank });
    } else if (verb === 'start') {
      Object.assign(fault, {
        inForce: index,
        hit: said.hit,
        nodesMs: said.nodes,
        lastMs: said.last_ms,
        onsetMs: said.onset_ms,
      });
    } else if (verb === 'stop') {
      Object.assign(fault, said.nodes ? { undone: index, untilNs: time, undoLastMs: said.last_ms } : { ending: index });
    } else {
      const presence = said.presence ?? 'unknown';
      if (fault.undone !== undefined) fault.presenceAfter = presence;
      // Asked at first and before its end; once found missing, it was not in force all the time.
      else if (!probed.has(said.fault) || fault.presence === 'installed') fault.presence = presence;
      probed.add(said.fault);
    }
  }
  return { faults: [...faults.values()], startNs: startNs ?? 0, unsettled, lastOther, lastWorked };
}
