import { closeSync, openSync, readSync } from 'node:fs';
import { messageOf, PlanRunError } from '../base/errors.ts';
import type { Op } from './op.ts';

/** A history that can be read from its start, as often as one likes. */
export interface History {
  /** Operations in the order they were recorded. */
  ops(): Iterable<Op>;
}

/** A history held in memory: for tests and small tools. */
export function historyOf(ops: readonly Op[]): History {
  return { ops: () => ops };
}

/**
 * A history in a JSON Lines file, streamed: its text is never held whole. A last line without its newline
 * is the one a killed runner was writing; it is left out.
 * @throws PlanRunError `refused`, with file and line, for a line that is not an operation; `unavailable` where the file
 * cannot be read.
 */
export function historyFromFile(path: string): History {
  return { ops: () => readOps(path) };
}

function* readOps(path: string): Generator<Op> {
  let number = 0;
  for (const text of readLines(path)) {
    number++;
    yield parseOp(text, path, number);
  }
}

function parseOp(text: string, path: string, number: number): Op {
  let op: unknown;
  try {
    op = JSON.parse(text);
  } catch (cause) {
    throw new PlanRunError('refused', `${path}:${number}: not JSON: ${text.slice(0, 60)}`, { cause });
  }
  const { index, time, type, process, f } = (op ?? {}) as Partial<Op>;
  const isOp =
    Number.isInteger(index) &&
    Number.isInteger(time) &&
    (type === 'invoke' || type === 'ok' || type === 'fail' || type === 'info') &&
    (Number.isInteger(process) || process === 'nemesis') &&
    typeof f === 'string';
  if (!isOp) throw new PlanRunError('refused', `${path}:${number}: not an operation: ${text.slice(0, 60)}`);
  return op as Op;
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new PlanRunError('unavailable', `Cannot read the history: ${messageOf(cause)}`, { cause });
  }
}

/** Lines that end in a newline, read by chunks. */
export function* readLines(path: string): Generator<string> {
  const fd = open(path);
  try {
    const chunk = Buffer.alloc(256 * 1024);
    let rest: Buffer = Buffer.alloc(0);
    for (let size = readSync(fd, chunk); size > 0; size = readSync(fd, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, size)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        yield bytes.toString('utf8', start, end);
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
  } finally {
    closeSync(fd);
  }
}
