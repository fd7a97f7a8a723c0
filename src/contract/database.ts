import type { TSchema } from 'typebox';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Cluster } from './environment.ts';
import type { Module, Settings, Use } from './module.ts';
import type { Node } from './node.ts';
import type { Model, ModelContext } from './simulation.ts';

/** A program that must be on a node before the database can run there. */
export interface Requirement {
  /** Looked up on PATH. */
  readonly program: string;
  /** Debian's package that has it. */
  readonly package: string;
  /** Where it may be beside PATH: directories, with `*` for any name. */
  readonly folders?: readonly string[];
}

export interface DeployContext<S = unknown> {
  readonly nodes: readonly Node[];
  readonly settings: S;
  readonly workload: string;
  readonly workloadSettings: unknown;
  /** The folder of the plan's file. Default: the working directory. */
  readonly folder?: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a database can do, or have done to it, that not every one can. */
export const ABILITIES = {
  kill: 'processes that can be killed',
  pause: 'processes that can be paused',
  primaries: 'primaries to aim at',
  promote: 'standbys that are promoted by hand',
  retry: 'operations that may be done once more without harm',
  verify: 'clients that can look up what became of a transaction',
} as const;

export type Ability = keyof typeof ABILITIES;

/** One thing that is wrong with settings, beyond the schema. */
export interface SettingsProblem {
  /** Within the settings: a key, or the keys and indices that lead there; empty for the settings as a whole. */
  readonly path: string | readonly (string | number)[];
  readonly message: string;
  /** What to do about it, where `message` does not say. */
  readonly hint?: string;
  /** A word that means nothing, and those that would: the validator guesses which was meant. */
  readonly guess?: { readonly word: string; readonly of: readonly string[] };
}

/** The workload that a plan joins to the database. */
export interface WorkloadUse extends Use {
  /** Names of the operations that its settings lead to. */
  readonly operations: readonly string[];
}

/** What a plan has around its database. */
export interface Surroundings {
  readonly nodes: readonly string[];
  /** Its model will run, which may know less than the real one. */
  readonly simulated: boolean;
  /** Left out where something in its own settings is wrong. */
  readonly workload?: WorkloadUse | undefined;
}

/**
 * A database: how to run it on real nodes (and, where there is one, how to simulate it), and a client of it
 * for each workload that it supports.
 */
export interface DatabaseModule<S extends TSchema = TSchema> extends Module<'database', S> {
  /** Names of the workloads it has a client for. */
  readonly workloads: readonly string[];
  /** What it can do, as far as the settings do not leave it out: see `lacks`. */
  readonly abilities: readonly Ability[];
  readonly requires: readonly Requirement[];
  /** What is wrong with these settings in that plan, beyond the schema. */
  problems?(settings: Settings<S>, plan: Surroundings): readonly SettingsProblem[];
  /**
   * Workloads and abilities that it has in general, but not with these settings, or not when it is simulated: each by its
   * name, with what to do to have it.
   */
  lacks?(settings: Settings<S>, plan: Surroundings): Readonly<Record<string, string>>;
  /**
   * Brings to this machine what the nodes will need, before the run is cut off from everything else (in the lab's
   * namespaces there is no Internet). Must be quick where it is there already.
   * @param say tells the person who waits, a line at a time.
   * @throws PlanRunError `unavailable`: what cannot be had, and why.
   */
  fetch?(settings: Settings<S>, say: (words: string) => void): Promise<void>;
  /**
   * Installs, configures and starts it on real nodes (lab, ssh); it must not wait until the cluster is ready.
   * @throws PlanRunError naming node and command.
   */
  deploy?(context: DeployContext<Settings<S>>): Promise<Cluster>;
  /** What its simulation is one of, for the report: `MongoDB 2.4.1`. */
  simulates?(settings: Settings<S>, nodeCount: number): string;
  /** Makes a simulation of it (sim). Loaded when it is asked for. */
  model?(context: ModelContext<Settings<S>>): Promise<Model>;
}

// biome-ignore lint/suspicious/noExplicitAny: settings are opaque once a module is in the registry
export type AnyDatabase = DatabaseModule<any>;
