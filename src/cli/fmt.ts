import { chmodSync, chownSync, realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EXIT, messageOf, PlanRunError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { type Formatted, format } from '../plan/format/index.ts';
import { problemForFile, renderProblems } from '../plan/index.ts';
import { reportFailure } from './failure.ts';
import { expand } from './plans.ts';
import { readPlanFile } from './read.ts';
import { isColored } from './validate.ts';

export interface FmtOptions {
  /** Write nothing; say which files would change. */
  readonly check?: boolean;
}

/**
 * `plan-run fmt`: lays plans and inventories out. stdout has the names of those that change. A file that cannot be laid out is left
 * alone, and keeps none of the others from it.
 * @returns the worst of: 0; 1 where a file would change (`check`); 65 where one cannot be read as a plan; 69 where it cannot be written;
 * 70 where the layout would change what it says.
 */
export async function fmtCommand(patterns: readonly string[], { check = false }: FmtOptions): Promise<number> {
  const codes: number[] = [EXIT.expected];
  for (const file of await expand(patterns)) {
    try {
      codes.push(fmtFile(file, check));
    } catch (error) {
      codes.push(await reportFailure(error));
    }
  }
  return Math.max(...codes);
}

function fmtFile(file: string, check: boolean): number {
  const { bytes, ...formatted } = formattedFile(file);
  if ('problems' in formatted) {
    const { problems, source } = formatted;
    process.stderr.write(renderProblems(problems, [source], { color: isColored(process.stderr) }));
    return EXIT.refused;
  }
  const text = Buffer.from(formatted.text);
  if (bytes !== undefined && text.equals(bytes)) return EXIT.expected;
  if (!check) replace(file, text);
  process.stdout.write(`${printable(file)}\n`);
  return check ? EXIT.unexpected : EXIT.expected;
}

function formattedFile(file: string): Formatted & { readonly bytes?: Uint8Array } {
  let bytes: Uint8Array;
  try {
    bytes = readPlanFile(file);
  } catch (error) {
    return { problems: [problemForFile(file, error)], source: { file, text: '' } };
  }
  return { bytes, ...format({ file, bytes }) };
}

/**
 * Puts `text` in the place of what a file holds, whole or not at all: a file beside it takes its name, mode and owner. Of a link the file that it
 * leads to. @throws PlanRunError `unavailable`.
 */
function replace(file: string, text: Uint8Array): void {
  try {
    const target = realpathSync(file);
    const is = statSync(target);
    if (!is.isFile()) throw new Error('it is a pipe or a device, not a file');
    const beside = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
    try {
      writeFileSync(beside, text, { flag: 'wx', flush: true });
      keep(beside, is);
      renameSync(beside, target);
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
  } catch (error) {
    throw new PlanRunError('unavailable', `${printable(file)} cannot be written: ${messageOf(error)}`, {
      hint: 'it is left as it was; --check only says whether it would change',
    });
  }
}

function keep(path: string, { uid, gid, mode }: Stats): void {
  const own = statSync(path);
  if (own.uid !== uid || own.gid !== gid) chownSync(path, uid, gid);
  // after the change of its owner, which takes bits away
  chmodSync(path, mode & 0o7777);
}
