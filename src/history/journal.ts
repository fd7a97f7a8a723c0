import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, PlanRunError } from '../base/errors.ts';
import { Lines } from './lines.ts';
import type { Op } from './op.ts';

/** Bytes held before they are written, whatever the schedule says. */
const CHUNK_BYTES = 48 * 1024;

/**
 * The history on disk, as JSON Lines. What was appended reaches the file when a chunk is full, or when `schedule` says
 * so: by default at the end of the event loop's turn. So `kill -9` of the runner loses no more than that. (It is
 * handed to the operating system, not fsynced: a power cut may lose the last seconds.)
 */
export class Journal {
  readonly #path: string;
  readonly #fd: number;
  readonly #schedule: (flush: () => void) => void;
  readonly #flush = () => this.flush();
  readonly #lines = new Lines();
  #length = 0;
  #sizeBytes = 0;
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
    return this.#length;
  }

  /** How long its text is, as far as it was flushed. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends an operation, which gets the next index. @throws TypeError for a value that is not JSON; as `flush`. */
  append(op: Omit<Op, 'index'>): void {
    this.#lines.add(this.#length, op);
    this.#length++;
    if (this.#lines.size >= CHUNK_BYTES) this.flush();
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
    const { bytes } = this.#lines;
    this.#lines.clear();
    this.#sizeBytes += bytes.length;
    if (this.#ended) return;
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
