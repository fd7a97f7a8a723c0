import type { TSchema } from 'typebox';
import type { History } from '../history/index.ts';
import type { SettingsProblem } from './database.ts';
import type { Module, Settings, Use } from './module.ts';

export type Validity = true | false | 'unknown';

/** A checker's finding: JSON, with the evidence beside `valid`. */
export interface CheckerResult {
  readonly valid: Validity;
  /** Why, in a sentence, where `valid` is not true. */
  readonly why?: string;
  /** There where the checker threw or gave no verdict: it has no words for that. */
  readonly failed?: true;
  /** When a guarantee did not hold, in order: for a checker that can tell. */
  readonly broken?: readonly Broken[];
  readonly [evidence: string]: unknown;
}

/** A stretch of the run in which something that was promised did not hold. Times as in the history, in nanoseconds. */
export interface Broken {
  /** What did not hold, in a few words: `element 17 was not visible`. */
  readonly what: string;
  /** The operation that first showed it: its index, and when it completed. */
  readonly index: number;
  readonly from: number;
  /** When it was first seen to hold again; without it: not until the end. */
  readonly until?: number;
}

/** What a checker may ask for beside the history; where a history was brought from elsewhere most of it is empty. */
export interface CheckContext {
  /** The plan's nodes. */
  readonly nodes: readonly string[];
  /** At home on which node the client of a process is; undefined where nobody knows. */
  home(process: number): string | undefined;
  /** What the nodes wrote: files of the run's folder. */
  readonly logs: readonly NodeLog[];
  /** What ended the run before its time, where something did: what was to be read at its end may be missing. */
  readonly cutShort?: string;
  /** What is reported so far, by name: counts and latencies of all operations, and each earlier checker's finding. */
  readonly reported: Readonly<Record<string, unknown>>;
  /** Has another checker judge a history, as a plan would have it: one that throws is unknown. */
  check(use: Use, history: History): Promise<CheckerResult>;
  /** Aborted where nobody waits for the verdict any more. */
  readonly signal?: AbortSignal;
}

export interface NodeLog {
  readonly node: string;
  /** Its name within the node's folder: `redis.log`. */
  readonly file: string;
  readonly path: string;
}

/** What a plan has around a checker. */
export interface JudgedPlan {
  /** Names of its checkers, this one and those within others among them. */
  readonly checkers: readonly string[];
  /** Names of all checkers that there are. */
  readonly known: readonly string[];
}

export interface CheckerModule<S extends TSchema = TSchema> extends Module<'checker', S> {
  /** Names of the workloads whose histories it can judge, or `any`. */
  readonly judges: readonly string[] | 'any';
  /** What is wrong with these settings in that plan, beyond the schema. */
  problems?(settings: Settings<S>, plan: JudgedPlan): readonly SettingsProblem[];
  /**
   * Reads the history as often as it likes, and changes nothing in it, for others read the same operations; a history it cannot judge is
   * `unknown`, never `true`.
   */
  check(history: History, settings: Settings<S>, context: CheckContext): CheckerResult | Promise<CheckerResult>;
  /** The finding as lines for a person. */
  text(result: CheckerResult): string[];
  /** Elements of which a reader will ask what became of them, a handful at most: the trace is quoted for them. */
  suspects?(result: CheckerResult): readonly number[];
  /** What is better looked at than read: a whole HTML document that needs nothing from elsewhere; undefined where there is nothing to see. */
  draw?(result: CheckerResult): string | undefined | Promise<string | undefined>;
  /** It judges what the others have reported, and comes after them. */
  readonly last?: boolean;
  /**
   * It looks at what the nodes have written (`context.logs`), or has others judge that may. Of our own checkers, those that do not
   * say so do not: a sweep fetches no logs for them. One from outside may, whatever it says.
   */
  readonly readsLogs?: true;
}

// biome-ignore lint/suspicious/noExplicitAny: settings are opaque once a module is in the registry
export type AnyChecker = CheckerModule<any>;

/** False over unknown over true (jepsen.checker/merge-valid). Of nothing: unknown, for nothing was judged. */
export function mergeValid(verdicts: readonly Validity[]): Validity {
  if (verdicts.includes(false)) return false;
  if (verdicts.length === 0 || verdicts.includes('unknown')) return 'unknown';
  return true;
}

/** The context of a history that comes alone. */
export const BARE_CONTEXT: CheckContext = {
  nodes: [],
  home: () => undefined,
  logs: [],
  reported: {},
  check: async ({ name }) => ({ valid: 'unknown', why: `there is no checker "${name}" here`, failed: true }),
};
