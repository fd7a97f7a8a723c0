import { printable } from '../base/printable.ts';
import type { CheckerResult, Registry, Validity } from '../contract/index.ts';
import { becauseLines, checkersText, type Dated } from './text.ts';

/** What was found in a history: the part of a judge's finding that is told. */
export interface Checked {
  /** Its file, as given. */
  readonly history: string;
  readonly ops: number;
  readonly valid: Validity;
  readonly why: readonly string[];
  readonly checkers: Readonly<Record<string, CheckerResult>>;
}

/** The verdict on a history for a person: the verdict first, then why, then each checker's words, with the times and faults of its `run` if it is one's. */
export function checkText({ history, ops, valid, why, checkers }: Checked, registry: Registry, run?: Dated): string {
  const word = valid === 'unknown' ? 'unknown' : valid ? 'valid' : 'invalid';
  const lines = [
    `${printable(history)}: ${word}  (${Object.keys(checkers).join(', ')}; ${ops.toLocaleString('en')} operations)`,
    ...becauseLines(why),
    ...checkersText(checkers, registry, run),
  ];
  return `${lines.join('\n')}\n`;
}
