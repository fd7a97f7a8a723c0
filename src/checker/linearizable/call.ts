/**
 * What the checkers of linearizability work on: the calls on one object, and what they find out. An engine decides; the
 * module around it splits a history by key, chooses the engine, and puts the finding into words.
 */

/** A client's operation that may have happened: one that ended `fail` is left out, for it did not. */
export interface Call {
  readonly f: string;
  /** What the client asked for: the invocation's value. */
  readonly input: unknown;
  /** What it was told, the completion's value; undefined where it never was. */
  readonly output: unknown;
  readonly process: number;
  /** Index in the history of its invocation, which orders it among all events. */
  readonly invoke: number;
  /** Index of its completion; Infinity where it ended `info` or never: it may take effect at any later time, or never. */
  readonly complete: number;
  /** Where it is one of several that a call stands for: that call. */
  readonly whole?: Call;
}

/** How much an engine may spend before it gives up. */
export interface Limits {
  /** Milliseconds. */
  readonly timeMs: number;
  /** When they began to count, as the clock of `budget.ts` has it; default: when the engine begins. */
  readonly since?: number;
  /** Milliseconds from when the engine begins after which it gives up, though there be time left: others wait. */
  readonly patienceMs?: number;
  /** Bytes, as the engine counts those of its configurations. */
  readonly memoryBytes: number;
  /** Aborted where nobody waits any more. */
  readonly signal?: AbortSignal;
}

/**
 * What the object may have been through just before the completion that does not fit: a state that it may have had, the
 * calls that had taken effect by then, and those still open that had not.
 */
export interface Configuration {
  readonly state: unknown;
  /** Calls in an order in which they may have taken effect, the last ones at least: the last is the latest. */
  readonly linearized: readonly Call[];
  /** Open calls that have not taken effect in it. */
  readonly pending: readonly Call[];
}

export type Decision =
  | { readonly valid: true; readonly configurations: number }
  | { readonly valid: 'unknown'; readonly why: string; readonly configurations: number }
  | {
      readonly valid: false;
      /** The first completion through which no linearization exists: the history up to it is the shortest bad prefix. */
      readonly failing: Call;
      /** Why it does not fit, where the engine can say it better than by what the call needed and in which states the object was. */
      readonly because?: string;
      /** There where time or memory ran out before it was certain that no earlier one fails. */
      readonly perhapsEarlier?: true;
      /** A few of the configurations before it. None could take `failing` before it completed. */
      readonly last: readonly Configuration[];
      /** How many configurations there were at most at a time: what it has cost. */
      readonly configurations: number;
    };
