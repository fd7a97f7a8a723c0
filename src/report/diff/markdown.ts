import { CHANGE_GROUPS, type Change } from '../../timeline/index.ts';
import { counted } from '../../timeline/words.ts';
import { code, prose, table } from '../markdown.ts';
import { NO_CHANGE } from './text.ts';

/** Rows of one group, so that nine hundred faults do not hide what else changes. */
const GROUP_MAX = 25;

/** Changes as a table for GitHub; of none a sentence. Ends without a newline. */
export function changesMarkdown(changes: readonly Change[]): string {
  if (changes.length === 0) return `_${NO_CHANGE}_`;
  const groups = CHANGE_GROUPS.map((group) => changes.filter((change) => change.group === group));
  const rows = groups.flatMap((own) => own.slice(0, GROUP_MAX).map(row));
  const left = groups.flatMap((own) => {
    const [first, ...more] = own.slice(GROUP_MAX);
    return first === undefined ? [] : [`${counted(more.length + 1, 'more change')} of ${first.group}`];
  });
  const told = table(['', 'before', 'after', 'which means'], rows);
  return left.length === 0 ? told : `${told}\n\n_And ${left.join(', ')}._`;
}

function row({ group, kind, subject, before, after, note, strictness }: Change): string[] {
  const about = GROUP_WORDS[group] === subject ? '' : GROUP_WORDS[group];
  return [
    [kind === 'changed' ? '' : kind, about, code(subject)].filter(Boolean).join(' '),
    before === undefined ? '' : code(before),
    after === undefined ? '' : code(after),
    [strictness === undefined ? '' : STRICTNESS[strictness], note === undefined ? '' : prose(note)]
      .filter(Boolean)
      .join(' '),
  ];
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
