import Type from 'typebox';
import type { CheckerModule, Settings } from '../../contract/index.ts';
import type { SetFinding } from './finding.ts';
import { judge } from './judge.ts';
import { survey } from './survey.ts';
import { suspectsOf, textOf } from './text.ts';

const settings = Type.Object(
  {
    lost: Type.Integer({
      description: 'How many acknowledged writes may be missing from the final read, at most.',
      minimum: 0,
      strictness: 'falls',
      default: 0,
      examples: [0],
    }),
  },
  { additionalProperties: false },
);

/**
 * What was acknowledged must be in the final read, and nothing that nobody wrote (jepsen.checker/set). Invalid
 * too: an element more than once, and one whose every add had failed. Reads the history once; its memory grows
 * with the number of elements (a few bytes each where they are integers from zero on, some 100 else), not of operations.
 */
export const set: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'set',
  summary: 'Acknowledged additions to a set must be in its final read; says which are lost and which turned up.',
  settings,
  judges: ['set', 'set-full'],
  check: (history, { lost }: Settings<typeof settings>) => judge(survey(history), lost),
  text: (result) => textOf(result as SetFinding),
  suspects: (result) => suspectsOf(result as SetFinding),
};
