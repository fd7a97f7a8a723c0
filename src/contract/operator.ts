import type { Logger } from '../base/logger.ts';
import type { Grudge } from './environment.ts';
import type { Inventory } from './inventory.ts';

/** The nodes in a person's own hands: `plan-run nodes` and `plan-run net`, without a run. */
export interface OperatorContext {
  /** Those that an inventory, a plan or a person names; none: whichever there are. */
  readonly nodes: readonly string[];
  readonly inventory?: Inventory | undefined;
  readonly log: Logger;
  /** Tells the person who waits, a line at a time. */
  say(words: string): void;
  /** Aborted when the person has enough. */
  readonly signal: AbortSignal;
}

/** One node, as `plan-run nodes status` shows it. */
export interface NodeStatus {
  readonly node: string;
  /** Whether it can be reached and has what faults need. */
  readonly ready: boolean;
  readonly address?: string | undefined;
  /** What was found, or what is wrong and what to do: a line each. */
  readonly lines: readonly string[];
  /** Who holds it, and how long. */
  readonly held?: string | undefined;
}

/** From one endpoint to another, as it was measured. */
export interface Reach {
  readonly from: string;
  readonly to: string;
  /** Of the packets that were sent, how many in a hundred arrived. */
  readonly arrivedPercent: number;
  /** Median of the time until an answer came, where one did. */
  readonly roundTripMs?: number;
}

export interface NetStatus {
  readonly endpoints: readonly string[];
  /** Of every two endpoints that could be measured. */
  readonly reach: readonly Reach[];
  /** By node: the rules and queues of ours that are in force, as the machine prints them. */
  readonly rules: Readonly<Record<string, readonly string[]>>;
  /** By node: who holds it, and how long. */
  readonly held: Readonly<Record<string, string>>;
  /** What a person should know who reads the matrix: who could not take part, and why. */
  readonly notes: readonly string[];
}

/** A fault in the network by hand: it ends by `heal`, or by itself after `forMs`. */
export interface HandFault {
  readonly kind: 'partition' | 'flaky' | 'slow';
  /** Who does not hear whom (or not well). */
  readonly grudge: Grudge;
  /** Of `flaky`: how many of a hundred packets are lost. */
  readonly lossPercent?: number;
  /** Of `slow`: how late packets are, and how much that varies. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly forMs: number;
}

export interface Operator {
  /** Those there are: all that a command is about which names none. */
  readonly nodes: readonly string[];
  /**
   * Brings to the nodes what faults need. @param forMs how long nodes stay that are made for it (a standing lab's).
   * @throws PlanRunError naming the nodes, once all were tried.
   */
  setup(nodes: readonly string[], forMs?: number): Promise<void>;
  status(nodes: readonly string[]): Promise<NodeStatus[]>;
  /** Resolves when the machines have come back and are ready. @throws PlanRunError naming those that did not. */
  reboot(nodes: readonly string[]): Promise<void>;
  /** Resolves when they no longer answer. @throws as `reboot`. */
  shutdown(nodes: readonly string[]): Promise<void>;
  /**
   * Puts a fault in force that stays when the command has ended.
   * @returns milliseconds until it ends by itself: longer than it asks for, where it joins others.
   * @throws PlanRunError where a run holds a node; the fault is then nowhere in force.
   */
  disturb(fault: HandFault): Promise<number>;
  /** Ends all faults by hand; with `force` those of a run, too. */
  heal(force: boolean): Promise<void>;
  netStatus(): Promise<NetStatus>;
  /** Lets go of connections; faults by hand stay. */
  close(): Promise<void>;
}
