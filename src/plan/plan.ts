import type { Use } from '../contract/index.ts';

/** Where in the plan's file something stands. Lines and columns count from 1. */
export interface Place {
  /** Path in the plan: `faults[0].partition`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** A module as the plan uses it, and where. */
export interface PlacedUse extends Use {
  readonly place: Place;
}

/** When a fault happens: once, or again and again. Milliseconds from the start of the workload. */
export type Schedule =
  | { readonly kind: 'once'; readonly atMs: number; readonly forMs?: number }
  | {
      readonly kind: 'every';
      readonly everyMs: number;
      readonly forMs?: number;
      readonly fromMs: number;
      /** Default: the end of the workload, where its rate tells it; the compiler asks for it otherwise. */
      readonly untilMs?: number;
      /** Each begin is moved by a draw from [-jitter, +jitter]. */
      readonly jitterMs: number;
    };

export interface PlannedFault {
  readonly schedule: Schedule;
  /** One nemesis, or several of which each occurrence draws one (`mix`). */
  readonly choices: readonly PlacedUse[];
  readonly place: Place;
}

/** The least number of operations that must have ended ok, for the verdict to count. */
export interface Require {
  /** Before the first fault; of the whole run, where there is no fault. */
  readonly before: number;
  /** Invoked and completed while a fault was in force: of each fault. */
  readonly during: number;
  /** Invoked after the last fault was undone, the final reads among them. */
  readonly after: number;
}

/** What the command line changed: the path of what is new in the plan, and the argument that brought it. */
export interface Override {
  readonly path: string;
  readonly argument: string;
}

/** The machine behind a node: where SSH finds it, as whom it logs in, and by way of which other. */
export interface Machine {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** IPv4 address for the other nodes and the clients, where the inventory gives one. */
  readonly address?: string;
  readonly jump?: Pick<Machine, 'host' | 'port' | 'user'>;
}

/** A validated plan: names resolved, defaults filled in, units converted, positions kept. */
export interface Plan {
  /** As it was given on the command line. */
  readonly file: string;
  readonly name: string;
  readonly about?: string;
  readonly seed: number;
  readonly environment: PlacedUse;
  readonly nodes: readonly string[];
  /** By node, where there is an inventory. */
  readonly machines?: Readonly<Record<string, Machine>>;
  readonly database: PlacedUse;
  readonly workload: PlacedUse & {
    readonly clients: number;
    /** `home`: a client is cut off together with its home node; `outside`: it reaches every node. */
    readonly attach: 'home' | 'outside';
    /** Operations per second of all clients together; undefined: as fast as they can. */
    readonly ratePerS?: number;
    /** There where the plan says in so many words that there is none. */
    readonly unpaced?: true;
    /** Longest wait for one operation; then it is `info`. */
    readonly timeoutMs: number;
  };
  readonly faults: readonly PlannedFault[];
  readonly readyTimeoutMs: number;
  readonly settleMs: number;
  readonly require: Require;
  readonly checkers: readonly PlacedUse[];
  readonly expect: 'valid' | 'invalid';
  /** Modules outside the package, as paths relative to the plan's file. */
  readonly modules: readonly string[];
  /** There where the command line changed the plan. */
  readonly overrides?: readonly Override[];
}
