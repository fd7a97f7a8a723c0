import type { Change } from '../../timeline/index.ts';
import { code, prose, table } from '../markdown.ts';
import { NO_CHANGE } from './text.ts';

/** Changes as a table for GitHub; of none a sentence. Ends without a newline. */
export function changesMarkdown(changes: readonly Change[]): string {
  if (changes.length === 0) return `_${NO_CHANGE}_`;
  return table(
    ['', 'before', 'after', 'which means'],
    changes.map(({ group, kind, subject, before, after, note, strictness }) => [
      [kind === 'changed' ? '' : kind, GROUP_WORDS[group] === subject ? '' : GROUP_WORDS[group], code(subject)]
        .filter(Boolean)
        .join(' '),
      before === undefined ? '' : code(before),
      after === undefined ? '' : code(after),
      [strictness === undefined ? '' : STRICTNESS[strictness], note === undefined ? '' : prose(note)]
        .filter(Boolean)
        .join(' '),
    ]),
  );
}

/** What a row is about, where its subject does not say so. */
const GROUP_WORDS: Readonly<Record<Change['group'], string>> = {
  plan: '',
  environment: 'environment',
  nodes: '',
  clients: '',
  database: 'database',
  workload: 'workload',
  faults: 'fault',
  majority: 'times',
  checkers: 'checker',
  expect: '',
};

const STRICTNESS: Readonly<Record<NonNullable<Change['strictness']>, string>> = {
  looser: '⚠️ **Looser.**',
  stricter: '**Stricter.**',
  other: '',
};
