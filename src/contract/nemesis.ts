import type { TSchema } from 'typebox';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Rng } from '../base/rng.ts';
import type { Cluster, Network, PerNodeMs, Presence } from './environment.ts';
import type { Cut } from './grudge.ts';
import type { Module, Settings } from './module.ts';
import type { NodeRef } from './nodes.ts';

export interface CompileContext {
  readonly nodes: readonly string[];
  readonly rng: Rng;
}

/** What a compiled fault does, for the reviewer and for the rules that look at the schedule. */
export interface Effect {
  /** Nodes (or `clients`) it acts on. Two faults of one kind must not hit the same node at once. */
  readonly hits: readonly NodeRef[];
  /** Who is cut off from whom while it lasts; nodes that it does not name reach everyone. */
  readonly cut?: Cut;
  /** Nodes whose processes do not run while it lasts. */
  readonly down?: readonly NodeRef[];
  /** A reviewer's words: `cut {n1, n2} from {n3, n4, n5}`. */
  readonly words: string;
}

export interface InjectContext {
  /** The fault's name in the timeline: `f1`, `f2`, ...; unique within the run. */
  readonly id: string;
  readonly nodes: readonly string[];
  /** Whether a client is on its home's side of a partition; else it reaches every node. */
  readonly clientsAtHome: boolean;
  readonly cluster: Cluster;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A fault in force. */
export interface Injection {
  /** What became of the symbolic nodes, for the history: JSON. */
  readonly value: unknown;
  /** Milliseconds until each node had it. */
  readonly perNodeMs: PerNodeMs;
  /** Looks on each node whether it is there: asked of the system, never of our own records. */
  probe(): Promise<Readonly<Record<string, Presence>>>;
  /** Ends it, as far as it is still in force; milliseconds until each node was rid of it. */
  undo(): Promise<PerNodeMs>;
}

/** A fault. `Action` is what its settings become when the plan is compiled: plain JSON. */
export interface NemesisModule<S extends TSchema = TSchema, Action = unknown> extends Module<'nemesis', S> {
  /** What it needs of the database, if anything; a plan without it is refused. */
  readonly needs?: 'kill' | 'pause' | 'promote';
  /**
   * It is an operator's act rather than a fault with an end: `for` makes no sense of it. What it has left is put right when
   * everything is healed, after all other faults: that may need the network and every node.
   */
  readonly lasting?: true;
  /** Settings to action: draws what chance decides. Pure. */
  compile(settings: Settings<S>, context: CompileContext): Action;
  effect(action: Action, nodes: readonly string[]): Effect;
  inject(context: InjectContext, action: Action): Promise<Injection>;
}

// biome-ignore lint/suspicious/noExplicitAny: settings are opaque once a module is in the registry
export type AnyNemesis = NemesisModule<any, any>;
