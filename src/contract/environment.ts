import type { TSchema } from 'typebox';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Client, Seat } from './client.ts';
import type { AnyDatabase } from './database.ts';
import type { Inventory } from './inventory.ts';
import type { Module, Settings } from './module.ts';
import type { Node } from './node.ts';
import type { Operator, OperatorContext } from './operator.ts';
import type { TraceEntry } from './simulation.ts';

/** What an environment found in force when it was asked whether a fault is there. */
export type Presence = 'installed' | 'partly' | 'not' | 'unknown';

/**
 * Who must not hear whom: for each endpoint, the endpoints whose packets it drops (Jepsen's grudge).
 * Endpoints are node names, `clients` (all clients) and `clients@n1` (those whose home is n1).
 */
export type Grudge = Readonly<Record<string, readonly string[]>>;

/** Milliseconds from the call until each endpoint had (or had lost) the fault. */
export type PerNodeMs = Readonly<Record<string, number>>;

export interface Network {
  /**
   * Makes each endpoint of the grudge drop what comes from the others it names, all endpoints at once.
   * `id` names the cut: its rules are its own, so that cuts may overlap and end in any order.
   * @returns how long each endpoint took. @throws PlanRunError where an endpoint refused.
   */
  cut(id: string, grudge: Grudge): Promise<PerNodeMs>;
  /** Looks at every endpoint of the cut for its rules, each where it should be. */
  status(id: string): Promise<Readonly<Record<string, Presence>>>;
  /** Ends the cut `id`; does nothing where it is not in force. Same return as `cut`. */
  restore(id: string): Promise<PerNodeMs>;
  /** Ends every cut of this run. Touches nobody else's rules. */
  heal(): Promise<void>;
}

/** A deployed database: the simulator and the real world offer the same one. */
export interface Cluster {
  /** Undefined when every node serves as it should; else what is still missing, in words. */
  ready(): Promise<string | undefined>;
  /** Nodes that claim to be primary now, in node order; all that serve writes where there is no such role. */
  primaries(): Promise<string[]>;
  /** Starts the node's processes again after `kill` or `stop`, with the data it had. */
  start(node: string): Promise<void>;
  /** Asks the node's processes to end, and waits until they have. */
  stop(node: string): Promise<void>;
  /** SIGKILL to the node's processes. */
  kill(node: string): Promise<void>;
  /** SIGSTOP to the node's processes. */
  pause(node: string): Promise<void>;
  /** SIGCONT to the node's processes. */
  resume(node: string): Promise<void>;
  /** Makes a standby the primary, as an operator would; the old primary is left to itself. Of those that have `promote`. */
  promote?(node: string): Promise<void>;
  /** Whether that is still so: in force until every other node follows `node`. */
  promoted?(node: string): Promise<Presence>;
  /** Has every other node follow `node`, the old primary among them, whatever it has on its own. */
  rejoin?(node: string): Promise<void>;
  /** What the node's processes are doing: asked of the operating system, not of our own records. */
  processes(node: string): Promise<'running' | 'paused' | 'dead' | 'mixed'>;
  /** Paths of log files on the node. */
  logs(node: string): string[];
  /** A client of the workload that the cluster was deployed for. */
  connect(seat: Seat): Promise<Client>;
}

/** What a database is deployed for. */
export interface Deployment {
  readonly database: AnyDatabase;
  readonly settings: unknown;
  /** The workload whose clients will connect, with its settings. */
  readonly workload: string;
  readonly workloadSettings: unknown;
  /** The folder of the plan's file. Default: the working directory. */
  readonly folder?: string;
}

/** Where a timeline touches the world. One is opened for a run and closed after it. */
export interface Environment {
  readonly name: string;
  readonly clock: Clock;
  readonly network: Network;
  /** Aborted, with a PlanRunError as its reason, when the environment cannot go on. */
  readonly failure?: AbortSignal;
  /** Makes the nodes. @throws PlanRunError naming the node and the command that failed. */
  provision(): Promise<void>;
  /** Installs, configures and starts the database on every node; does not wait until it is ready. */
  deploy(deployment: Deployment): Promise<Cluster>;
  /** Where client `client` sits. */
  seat(client: number): Seat;
  /** Copies the file at `path` on the node to `target` on this machine. */
  fetch(node: string, path: string, target: string): Promise<void>;
  /** Undoes everything it did, whatever state it is in; may be called twice. */
  close(): Promise<void>;
}

export interface EnvironmentContext<S = unknown> {
  readonly nodes: readonly string[];
  readonly settings: S;
  /** What the run is called where somebody else may come across it: letters, digits and `@.:_-`, at most 100. */
  readonly run: string;
  /** The machines behind the nodes, where the environment has such. */
  readonly inventory?: Inventory | undefined;
  /** Fixes all that chance decides, where the environment is a simulation. */
  readonly seed: number;
  readonly log: Logger;
  /** Where somebody wants to know what the simulated nodes said and did; a real environment has only their logs. */
  readonly trace?: ((entry: TraceEntry) => void) | undefined;
}

/** One prerequisite, as `plan-run doctor` shows it. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** What was found: a version, or what is wrong. */
  readonly found: string;
  /** The command that supplies it, where it is missing. */
  readonly remedy?: string;
}

export interface EnvironmentModule<S extends TSchema = TSchema> extends Module<'environment', S> {
  /** Whether databases are simulated there, by their `model`; else they are deployed. */
  readonly simulated?: true;
  /** Whether its nodes are machines of an inventory. */
  readonly inventoried?: true;
  /** What is wrong with these settings, beyond the schema; the path is within the settings. */
  problems?(settings: Settings<S>): { path: string; message: string }[];
  /** Everything the environment needs of this machine, looked at one by one. */
  doctor(databases: readonly AnyDatabase[]): Promise<Finding[]>;
  /**
   * Runs this very command (`argv`: as process.argv.slice(1)) again where the environment needs it to run (the
   * lab: in namespaces of its own) and gives the exit code; undefined when this process is already there.
   */
  relaunch?(argv: readonly string[]): Promise<number | undefined>;
  /** @throws PlanRunError `unavailable`, with what is missing and how to get it. */
  open(context: EnvironmentContext<Settings<S>>): Promise<Environment>;
  /** The nodes without a plan, for a person: `plan-run nodes` and `plan-run net`. @throws as `open`. */
  operate?(context: OperatorContext): Promise<Operator>;
}

// biome-ignore lint/suspicious/noExplicitAny: settings are opaque once a module is in the registry
export type AnyEnvironment = EnvironmentModule<any>;

/** A real node gives its database a shell; see `node.ts`. */
export type { Node };
