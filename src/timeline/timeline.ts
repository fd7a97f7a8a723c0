/**
 * The timeline: the plan compiled into steps, everything random resolved from the seed. It is plain JSON; what
 * a reviewer sees is the very object that the executor walks through.
 */
import type { Effect, Use } from '../contract/index.ts';
import { lastDueMs, type Machine, type Override, type Place, type Require } from '../plan/index.ts';

export interface Timeline {
  readonly timeline: 1;
  readonly plan: string;
  /** What the plan shows and what to look for. */
  readonly about?: string;
  /** The plan's file, as given. */
  readonly file: string;
  readonly seed: number;
  /** There where the command line changed the plan: its file alone does not tell what runs. */
  readonly overrides?: readonly Override[];
  readonly environment: Use;
  readonly nodes: readonly string[];
  /** By node, where they are machines of an inventory. */
  readonly machines?: Readonly<Record<string, Machine>>;
  readonly clients: readonly ClientSeat[];
  readonly clientsAtHome: boolean;
  readonly database: Use;
  readonly workload: WorkloadRun;
  readonly require: Require;
  readonly checkers: readonly Use[];
  readonly expect: 'valid' | 'invalid';
  readonly steps: readonly Step[];
}

/** Which node's side a client is on: node *i mod n* for client *i*. */
export interface ClientSeat {
  readonly client: number;
  readonly home: string;
}

export interface WorkloadRun extends Use {
  /** Operations of all clients together. */
  readonly count: number;
  /** Of all clients together; null: as fast as they can. */
  readonly ratePerS: number | null;
  readonly timeoutMs: number;
  /** count / rate: how long the schedule takes; null without a rate. */
  readonly durationMs: number | null;
}

/** When the last operation is due, milliseconds after the first; null without a rate. */
export function lastDueOf({ count, ratePerS }: WorkloadRun): number | null {
  return ratePerS === null ? null : lastDueMs(count, ratePerS);
}

interface StepBase {
  readonly phase: Phase;
  /** Where in the plan it comes from. */
  readonly place: Place;
}

export const PHASES = ['prepare', 'run', 'finish', 'judge'] as const;
export type Phase = (typeof PHASES)[number];

/** Milliseconds from the start of the workload; the step begins then, or when the one before it is done. */
interface Timed {
  readonly atMs: number;
}

/** Steps are walked in this order, one by one; the workload runs from `start-workload` to `await-workload`. */
export type Step =
  | (StepBase & { readonly do: 'provision' | 'deploy' | 'open-clients' })
  | (StepBase & { readonly do: 'await-ready'; readonly timeoutMs: number })
  | (StepBase & Timed & { readonly do: 'start-workload' })
  | (StepBase & Timed & InjectStep)
  | (StepBase & Timed & { readonly do: 'undo'; readonly fault: string })
  | (StepBase & { readonly do: 'await-workload' | 'heal' })
  | (StepBase & { readonly do: 'settle'; readonly forMs: number; readonly readyTimeoutMs: number })
  | (StepBase & { readonly do: 'final-reads'; readonly timeoutMs: number })
  | (StepBase & { readonly do: 'collect-logs' | 'tear-down' | 'check' | 'report' });

export interface InjectStep {
  readonly do: 'inject';
  /** `f1`, `f2`, ... in the order of their begin. */
  readonly fault: string;
  readonly nemesis: string;
  /** The nemesis's compiled action: JSON. */
  readonly action: unknown;
  readonly effect: Effect;
  /** Planned length; null: until the heal. */
  readonly forMs: number | null;
  /** It has no end of its own: put right at the heal, after all other faults. */
  readonly lasting?: true;
}
