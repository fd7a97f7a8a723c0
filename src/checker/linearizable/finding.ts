import type { CheckerResult, Validity } from '../../contract/index.ts';

/** What the checker found. Scripts and the drawing read these names: they are a contract. Indices are the history's. */
export interface LinearizableFinding extends CheckerResult {
  readonly model?: string;
  /** Calls that were judged: those that may have happened and say or do something. */
  readonly calls?: number;
  /** How many configurations there were at a time, at most: what it has cost. */
  readonly configurations?: number;
  /** The completion through which no linearization exists, the first one; with keys, that of the first failing key. */
  readonly failing_index?: number;
  /** The last completion of that object before it that ended ok. */
  readonly previous_ok_index?: number;
  /** In the first of the last configurations, the call that took effect last: its completion, or invocation where it has none. */
  readonly last_linearized_index?: number;
  /** The shortest history that cannot be linearized, in words. */
  readonly prefix?: string;
  readonly evidence?: Evidence;
  /**
   * Where there are keys: each one's verdict, but of those of which nothing ended ok. Not more than KEYS_SHOWN: failing ones
   * before unknown ones before others.
   */
  readonly keys?: Readonly<Record<string, KeyFinding>>;
  readonly key_counts?: KeyCounts;
  /** Keys that are not linearizable, in the order in which their first operations ended; not more than KEYS_SHOWN. */
  readonly failures?: readonly string[];
}

export const KEYS_SHOWN = 1000;

export interface KeyCounts {
  readonly valid: number;
  readonly invalid: number;
  readonly unknown: number;
  /** Keys of which no operation ended ok: they have no part in the verdict. */
  readonly unobserved: number;
}

export interface KeyFinding {
  readonly valid: Validity;
  readonly why?: string;
  readonly calls: number;
  readonly failing_index?: number;
}

/** For a drawing of what went wrong. Calls are named by the index of their invocation. */
export interface Evidence {
  /** The object's key, where there are keys. */
  readonly key?: string;
  /** The calls at the same time as the failing one, and shortly before it. */
  readonly window: readonly WindowCall[];
  readonly configurations: readonly ShownConfiguration[];
  readonly failing: number;
}

export interface WindowCall {
  readonly index: number;
  /** Index of its completion; null: none, or it ended info. */
  readonly complete: number | null;
  readonly process: number;
  readonly f: string;
  readonly text: string;
}

/** A state the object may have been in just before the failing completion. */
export interface ShownConfiguration {
  readonly state: string;
  /** Calls in an order in which they may have taken effect, the last of them at least. */
  readonly linearized: readonly number[];
  /** Calls still open that had not taken effect. */
  readonly pending: readonly number[];
  /** By pending call that could not take effect in this state: what it needed. */
  readonly needed: Readonly<Record<string, string>>;
}
