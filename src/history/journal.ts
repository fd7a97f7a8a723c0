import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, PlanRunError } from '../base/errors.ts';
import type { Op } from './op.ts';

/** Operations held before they are written, whatever the schedule says. */
const CHUNK_OPS = 512;

/**
 * The history on disk, as JSON Lines. What was appended reaches the file when a chunk is full, or when `schedule` says
 * so: by default at the end of the event loop's turn. So `kill -9` of the runner loses no more than that. (It is
 * handed to the operating system, not fsynced: a power cut may lose the last seconds.)
 *
 * Lines are made a chunk at a time. Made one by one, between two system calls of a client, each would cost three
 * times as much: the processor's caches are cold then.
 */
export class Journal {
  readonly #path: string;
  readonly #fd: number;
  readonly #schedule: (flush: () => void) => void;
  readonly #flush = () => this.flush();
  /** Operations that wait to be written, and beside each its value: a number as it is, anything else as JSON. */
  #ops: Omit<Op, 'index'>[] = [];
  #values: (number | string)[] = [];
  #written = 0;
  #scheduled = false;
  /** Closed, or the file system has refused a part: then the history ends before it, and nothing may follow the gap. */
  #ended = false;

  /** Opens `path` anew. `schedule` calls what it is given, once, soon. @throws the file system's error. */
  constructor(path: string, schedule: (flush: () => void) => void = setImmediate) {
    this.#path = path;
    this.#fd = openSync(path, 'w');
    this.#schedule = schedule;
  }

  /** How many operations it holds; the next one's index. */
  get length(): number {
    return this.#written + this.#ops.length;
  }

  /** Appends an operation, which gets the next index. @throws TypeError for a value that is not JSON; as `flush`. */
  append(op: Omit<Op, 'index'>): void {
    // Made JSON now, so that nothing can change the value, or fail, when it is written.
    this.#values.push(Number.isFinite(op.value) ? (op.value as number) : JSON.stringify(op.value ?? null));
    this.#ops.push(op);
    if (this.#ops.length >= CHUNK_OPS) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.#schedule(this.#flush);
    }
  }

  /**
   * Hands everything appended so far to the operating system. @throws PlanRunError `unavailable`, once, where the file
   * system refuses it; what comes later is dropped.
   */
  flush(): void {
    this.#scheduled = false;
    if (this.#ops.length === 0 || this.#ended) return;
    const text = this.#ops.map((op, at) => line(this.#written + at, op, this.#values[at])).join('');
    this.#written += this.#ops.length;
    this.#ops = [];
    this.#values = [];
    const bytes = Buffer.from(text, 'utf8');
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written);
    } catch (cause) {
      this.#ended = true;
      closeSync(this.#fd);
      throw new PlanRunError('unavailable', `Cannot write the history: ${this.#path}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Writes what is left. @throws as `flush`. */
  close(): void {
    this.flush();
    if (this.#ended) return;
    this.#ended = true;
    closeSync(this.#fd);
  }
}

/** One line, in the order of `Op`'s fields. Written by hand: half the time of a stringified object. */
function line(index: number, op: Omit<Op, 'index'>, value: number | string | undefined): string {
  const process = typeof op.process === 'number' ? op.process : `"${op.process}"`;
  let text = `{"index":${index},"time":${op.time},"type":"${op.type}","process":${process},"f":${quoted(op.f)},"value":${value}`;
  if (op.error !== undefined) text += `,"error":${JSON.stringify(op.error)}`;
  if (op.late !== undefined) text += `,"late":${op.late}`;
  return `${text}}\n`;
}

const quotedNames = new Map<string, string>();
function quoted(f: string): string {
  const known = quotedNames.get(f);
  if (known !== undefined) return known;
  const text = JSON.stringify(f);
  quotedNames.set(f, text);
  return text;
}
