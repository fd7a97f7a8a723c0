import type { TSchema } from 'typebox';
import type { Rng } from '../base/rng.ts';
import type { Invocation, Outcome } from './client.ts';
import type { Ability } from './database.ts';
import type { Module, Settings, Use } from './module.ts';

/** An operation that a client is to do next. */
export interface NextOp extends Invocation {
  /** How long the client waits before it, from the end of its last one. */
  readonly pauseMs?: number;
}

/** Makes the operations of the clients, on demand. */
export interface Generator {
  /** The next operation of client `client` (0-based), or undefined when it has done its share. */
  next(client: number): NextOp | undefined;
  /** How the operation that `next` gave it has ended; `info` also where it was given up. */
  ended?(client: number, op: Invocation, outcome: Outcome): void;
}

/** What settings of a workload need of the database: the path is within the settings. */
export interface Need {
  readonly ability: Ability;
  readonly path: string;
}

export interface GeneratorContext {
  readonly clients: number;
  /** The plan's nodes, for operations that go to one of them. */
  readonly nodes: readonly string[];
  readonly rng: Rng;
}

/** What clients do, what is read at the end, and who judges it. */
export interface WorkloadModule<S extends TSchema = TSchema> extends Module<'workload', S> {
  /** The operations, each with the shape of its value: `add: the integer to add`. */
  readonly ops: Readonly<Record<string, string>>;
  /** The checkers it brings where the plan names none. */
  readonly checkers: readonly Use[];
  /** What these settings need of the database, if anything; a plan without it is refused. */
  needs?(settings: Settings<S>): readonly Need[];
  /** Names of the operations that these settings lead to, the final reads among them. Default: all of `ops`. */
  uses?(settings: Settings<S>): readonly string[];
  /** How many operations the clients do together, those that follow from how others end left out. */
  count(settings: Settings<S>): number;
  generator(settings: Settings<S>, context: GeneratorContext): Generator;
  /**
   * Reads at the end, after the faults are healed and the cluster has settled; each is tried again until
   * it is ok or its time is up.
   */
  finalReads(settings: Settings<S>, nodes: readonly string[]): Invocation[];
}

// biome-ignore lint/suspicious/noExplicitAny: settings are opaque once a module is in the registry
export type AnyWorkload = WorkloadModule<any>;
