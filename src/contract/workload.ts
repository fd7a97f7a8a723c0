import type { TSchema } from 'typebox';
import type { Rng } from '../base/rng.ts';
import type { Invocation } from './client.ts';
import type { Module, Settings, Use } from './module.ts';

/** Makes the operations of the clients, on demand. */
export interface Generator {
  /** The next operation of client `client` (0-based), or undefined when it has done its share. */
  next(client: number): Invocation | undefined;
}

export interface GeneratorContext {
  readonly clients: number;
  readonly rng: Rng;
}

/** What clients do, what is read at the end, and who judges it. */
export interface WorkloadModule<S extends TSchema = TSchema> extends Module<'workload', S> {
  /** The operations, each with the shape of its value: `add: the integer to add`. */
  readonly ops: Readonly<Record<string, string>>;
  /** The checkers it brings where the plan names none. */
  readonly checkers: readonly Use[];
  /** How many operations the clients do together. */
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
