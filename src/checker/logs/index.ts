import Type from 'typebox';
import type { CheckerModule, CheckerResult, Settings, SettingsProblem } from '../../contract/index.ts';
import { isWanted } from './files.ts';
import { patternOf, problemOf } from './pattern.ts';

const settings = Type.Object(
  {
    forbidden: Type.Array(Type.String({ minLength: 1, maxLength: 500, expected: 'a regular expression' }), {
      description:
        'Regular expressions, as JavaScript has them, of which none may match any line of a log. `(?i)` at the begin: in any case.',
      minItems: 1,
      strictness: 'rises',
      examples: [['PANIC', '(?i)segmentation fault']],
    }),
    files: Type.Array(Type.String({ minLength: 1 }), {
      description: 'Which logs: names of files, or node/file, with * for any part of a name.',
      minItems: 1,
      default: ['*'],
      examples: [['*.log'], ['n1/redis*.log']],
    }),
  },
  { additionalProperties: false },
);

export interface Hit {
  readonly node: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly pattern: string;
  /** The line, shortened. */
  readonly text: string;
}

export interface Search {
  readonly files: number;
  readonly lines: number;
  /** Lines that match, each counted for the first of the patterns that it matches. */
  readonly matches: number;
  readonly by_pattern: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly found: readonly Hit[];
}

export type LogsFinding = CheckerResult & Search;

/**
 * What the nodes wrote must have no line that matches (jepsen.checker/log-file-pattern). Logs are those that the run has collected; where there are
 * none, it is unknown. Streams: a log may be larger than the memory, and a line longer than 64 KiB is looked at in parts.
 */
export const logs: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'logs',
  summary: 'Patterns that must not appear in what the nodes wrote: says where they do.',
  settings,
  judges: 'any',
  readsLogs: true,
  problems: ({ forbidden }) =>
    forbidden.flatMap((pattern, at): SettingsProblem[] => {
      const message = problemOf(pattern);
      return message === undefined ? [] : [{ path: ['forbidden', at], ...message }];
    }),
  async check(_history, { forbidden, files }: Settings<typeof settings>, { logs: all, signal }): Promise<LogsFinding> {
    const wanted = all.filter((log) => isWanted(log, files));
    const nothing = { files: 0, lines: 0, matches: 0, by_pattern: {}, found: [] };
    if (all.length === 0) return { valid: 'unknown', why: 'no logs were collected', ...nothing };
    if (wanted.length === 0) {
      const why = `none of the ${all.length} logs is called ${files.join(' or ')}`;
      return { valid: 'unknown', why, ...nothing };
    }
    const { search } = await import('./search.ts');
    const found = await search(
      wanted,
      forbidden.map((source) => ({ source, pattern: patternOf(source) })),
      signal,
    );
    if (found.matches > 0)
      return {
        valid: false,
        why: `${found.matches} lines of the logs match ${Object.keys(found.by_pattern).join(', ')}`,
        ...found,
      };
    return { valid: true, ...found };
  },
  text(result) {
    const { files, lines, matches, found } = result as LogsFinding;
    if (files === 0) return [];
    if (matches === 0) return [`${lines} lines in ${files} files, none of them forbidden`];
    return [
      `${matches} of ${lines} lines are forbidden`,
      ...found.slice(0, 5).map(({ node, file, line, text }) => `${node}/${file}:${line}: ${text.slice(0, 100)}`),
      ...(matches > 5 ? [`... and ${matches - 5} more`] : []),
    ];
  },
};
