import { assert } from '../base/assert.ts';
import { makeRng, pick, type Rng } from '../base/rng.ts';
import type { Registry } from '../contract/index.ts';
import {
  latestBeginMs,
  type Place,
  type PlacedUse,
  type Plan,
  type PlannedFault,
  type Schedule,
} from '../plan/index.ts';
import { lastDueOf, type Phase, type Step, type Timeline, type WorkloadRun } from './timeline.ts';

/** Longest wait for the final reads together, and for the cluster to come together again before them. */
const FINAL_READS_TIMEOUT_MS = 60_000;

/**
 * Compiles a plan into its timeline. Pure: the same plan and seed give the same timeline, to the byte.
 * The registry must be the one the plan was validated against.
 */
export function compile(plan: Plan, registry: Registry): Timeline {
  const workload = workloadRun(plan, registry);
  return {
    timeline: 1,
    plan: plan.name,
    ...(plan.about === undefined ? {} : { about: plan.about }),
    file: plan.file,
    seed: plan.seed,
    ...(plan.overrides === undefined ? {} : { overrides: plan.overrides }),
    environment: { name: plan.environment.name, settings: plan.environment.settings },
    nodes: plan.nodes,
    ...(plan.machines && { machines: plan.machines }),
    clients: Array.from({ length: plan.workload.clients }, (_, client) => ({
      client,
      home: plan.nodes[client % plan.nodes.length] as string,
    })),
    clientsAtHome: plan.workload.attach === 'home',
    database: { name: plan.database.name, settings: plan.database.settings },
    workload,
    require: plan.require,
    checkers: plan.checkers.map(({ name, settings }) => ({ name, settings })),
    expect: plan.expect,
    steps: steps(plan, workload.durationMs, occurrences(plan, lastDueOf(workload), registry)),
  };
}

function workloadRun(plan: Plan, registry: Registry): WorkloadRun {
  const { name, settings, ratePerS, timeoutMs } = plan.workload;
  const module = registry.workloads.get(name);
  assert(module, `workload ${name} is in the registry`);
  const count = module.count(settings);
  const durationMs = ratePerS === undefined ? null : (count / ratePerS) * 1000;
  return { name, settings, count, ratePerS: ratePerS ?? null, timeoutMs, durationMs };
}

type Occurrence = Omit<Extract<Step, { do: 'inject' }>, 'fault'>;

/** Every fault of the plan, as often as it happens, in the order of begin. */
function occurrences(plan: Plan, lastMs: number | null, registry: Registry): Occurrence[] {
  const rng = makeRng(plan.seed).fork('faults');
  const all = plan.faults.flatMap((fault, index) => {
    const stream = rng.fork(`fault ${index}`);
    return begins(fault.schedule, lastMs, stream.fork('jitter')).map((atMs, turn) =>
      occurrence(plan, fault, atMs, stream.fork(`turn ${turn}`), registry),
    );
  });
  return all.sort((a, b) => a.atMs - b.atMs);
}

/**
 * When a schedule's faults begin: before `until`, or as long as operations are due. Jitter keeps them within that time, not
 * in order.
 */
export function begins(schedule: Schedule, lastMs: number | null, jitter: Rng): number[] {
  if (schedule.kind === 'once') return [schedule.atMs];
  const { fromMs, everyMs, jitterMs } = schedule;
  const latest = latestBeginMs(schedule, lastMs);
  assert(latest !== null, 'a repeated fault has an end');
  const times: number[] = [];
  for (let turn = 0; fromMs + turn * everyMs <= latest; turn++) {
    const moved = jitter.int(-Math.floor(jitterMs), Math.floor(jitterMs));
    times.push(Math.min(latest, Math.max(0, fromMs + turn * everyMs + moved)));
  }
  return times;
}

function occurrence(plan: Plan, fault: PlannedFault, atMs: number, rng: Rng, registry: Registry): Occurrence {
  const use: PlacedUse = pick(rng.fork('mix'), fault.choices);
  const nemesis = registry.nemeses.get(use.name);
  assert(nemesis, `nemesis ${use.name} is in the registry`);
  const action = nemesis.compile(use.settings, { nodes: plan.nodes, rng: rng.fork(use.name) });
  return {
    do: 'inject',
    phase: 'run',
    place: use.place,
    atMs,
    forMs: fault.schedule.forMs ?? null,
    ...(nemesis.lasting === undefined ? {} : { lasting: true }),
    nemesis: use.name,
    action,
    effect: nemesis.effect(action, plan.nodes),
  };
}

function steps(plan: Plan, durationMs: number | null, faults: readonly Occurrence[]): Step[] {
  const whole: Place = { path: '', line: 1, column: 1 };
  const database = plan.database.place;
  const workload = plan.workload.place;
  const at = <P extends Phase>(phase: P, place: Place) => ({ phase, place });
  return [
    { do: 'provision', ...at('prepare', whole) },
    { do: 'deploy', ...at('prepare', database) },
    { do: 'await-ready', ...at('prepare', database), timeoutMs: plan.readyTimeoutMs },
    { do: 'open-clients', ...at('prepare', workload) },
    { do: 'start-workload', ...at('run', workload), atMs: 0 },
    ...faultSteps(faults, durationMs),
    { do: 'await-workload', ...at('run', workload) },
    { do: 'heal', ...at('finish', whole) },
    { do: 'settle', ...at('finish', whole), forMs: plan.settleMs, readyTimeoutMs: plan.readyTimeoutMs },
    { do: 'final-reads', ...at('finish', workload), timeoutMs: FINAL_READS_TIMEOUT_MS },
    { do: 'collect-logs', ...at('finish', whole) },
    { do: 'tear-down', ...at('finish', whole) },
    { do: 'check', ...at('judge', plan.checkers[0]?.place ?? whole) },
    { do: 'report', ...at('judge', whole) },
  ];
}

/**
 * Begins and ends in the order of time; at one moment ends come first, so that a fault can follow another on
 * the same nodes. What would end after the workload is left to the heal.
 */
function faultSteps(faults: readonly Occurrence[], durationMs: number | null): Step[] {
  const timed = faults.flatMap((fault, index) => {
    const name = `f${index + 1}`;
    const inject: Step & { atMs: number } = { ...fault, fault: name };
    if (fault.forMs === null) return [inject];
    const atMs = fault.atMs + fault.forMs;
    if (durationMs !== null && atMs > durationMs) return [inject];
    const undo: Step & { atMs: number } = { do: 'undo', phase: 'run', place: fault.place, atMs, fault: name };
    return [inject, undo];
  });
  const rank = (step: Step) => (step.do === 'undo' ? 0 : 1);
  return timed.sort((a, b) => a.atMs - b.atMs || rank(a) - rank(b));
}
