import Type from 'typebox';
import { PlanRunError } from '../base/errors.ts';
import type { Node } from '../contract/index.ts';

/** The setting `version` of a database that takes whichever is installed. */
export function InstalledVersion(examples: string[]) {
  return Type.Optional(
    Type.String({
      description: `The version that must be installed, as far as it matters: ${oneOf(examples)}. Default: any.`,
      pattern: '^\\d+(\\.\\d+){0,2}$',
      expected: `a version such as ${oneOf(examples.map((one) => `"${one}"`))} (in quotes)`,
      examples,
    }),
  );
}

/** `7, 7.0 or 7.0.15` */
const oneOf = (words: readonly string[]) => [words.slice(0, -1).join(', '), ...words.slice(-1)].join(' or ');

/** Whether `installed` (15.18) is the version that is wanted (15, 15.18), or any is. */
export function fits(installed: string, wanted: string | undefined): boolean {
  return wanted === undefined || `${installed}.`.startsWith(`${wanted}.`);
}

export interface Versioned {
  /** How a person calls the database: `Redis`. */
  readonly title: string;
  /** Its key in a plan. */
  readonly key: string;
  readonly node: Node;
  /** Prints the version; its first number with a dot is taken for it, or what the pattern's first group finds. */
  readonly argv: readonly string[];
  readonly pattern?: RegExp;
  /** The version that the plan asks for, if it does. */
  readonly wanted: string | undefined;
}

/**
 * The installed version. @throws PlanRunError `unavailable` where it is not the one that is wanted, or a beginning of it;
 * `command-failed` where the program does not run.
 */
export async function requireVersion({ title, key, node, argv, pattern, wanted }: Versioned): Promise<string> {
  const { stdout } = await node.exec(argv);
  const installed = (pattern ?? /(\d+(?:\.\d+)+)/).exec(stdout)?.[1] ?? '';
  if (fits(installed, wanted)) return installed;
  const found = installed === '' ? `"${argv.join(' ')}" names no version` : `${installed} is installed`;
  throw new PlanRunError('unavailable', `Cannot run ${title} ${wanted} on ${node.name}: ${found}`, {
    node: node.name,
    command: argv.join(' '),
    hint: `install ${title} ${wanted} on the node, or change database.${key}.version`,
  });
}
