import type { TSchema } from 'typebox';
import type { History } from '../history/index.ts';
import type { Module, Settings } from './module.ts';

export type Validity = true | false | 'unknown';

/** A checker's finding: JSON, with the evidence beside `valid`. */
export interface CheckerResult {
  readonly valid: Validity;
  /** Why, in a sentence, where `valid` is not true. */
  readonly why?: string;
  /** There where the checker threw or gave no verdict: it has no words for that. */
  readonly failed?: true;
  readonly [evidence: string]: unknown;
}

export interface CheckerModule<S extends TSchema = TSchema> extends Module<'checker', S> {
  /** Names of the workloads whose histories it can judge, or `any`. */
  readonly judges: readonly string[] | 'any';
  /** Reads the history as often as it likes; a history it cannot judge is `unknown`, never `true`. */
  check(history: History, settings: Settings<S>): CheckerResult | Promise<CheckerResult>;
  /** The finding as lines for a person. */
  text(result: CheckerResult): string[];
  /** Elements of which a reader will ask what became of them, a handful at most: the trace is quoted for them. */
  suspects?(result: CheckerResult): readonly number[];
}

// biome-ignore lint/suspicious/noExplicitAny: settings are opaque once a module is in the registry
export type AnyChecker = CheckerModule<any>;

/** False over unknown over true (jepsen.checker/merge-valid). Of nothing: unknown, for nothing was judged. */
export function mergeValid(verdicts: readonly Validity[]): Validity {
  if (verdicts.includes(false)) return false;
  if (verdicts.length === 0 || verdicts.includes('unknown')) return 'unknown';
  return true;
}
