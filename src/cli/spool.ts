import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { EXIT, messageOf, PlanRunError } from '../base/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The history that a path names, as a file that can be read as often as one likes: `-`, which is stdin, and what else can be read but
 * once, as a pipe can, is copied to the system's folder for temporary files, and removed when the program ends.
 * @throws PlanRunError `unavailable`.
 */
export async function rereadable(path: string): Promise<string> {
  // It cannot be opened by its name where it is a socket.
  const isStdin = path === '-' || path === '/dev/stdin';
  if (!isStdin && !path.startsWith('/dev/') && !statSync(path, { throwIfNoEntry: false })?.isFIFO()) return path;
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-check-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // By a signal alone the program would end without its exit.
  for (const signal of SIGNALS) process.once(signal, () => process.exit(EXIT.interrupted));
  const copy = join(folder, 'history');
  try {
    await pipeline(isStdin ? process.stdin : createReadStream(path), createWriteStream(copy));
  } catch (cause) {
    throw new PlanRunError('unavailable', `Cannot read the history: ${path}: ${messageOf(cause)}`, { cause });
  }
  return copy;
}
