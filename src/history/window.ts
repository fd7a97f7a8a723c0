import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf, PlanRunError } from '../base/errors.ts';

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;
const SLACK_BYTES = 16;

/**
 * A part of a file in memory: the bytes from `start` to `end`, of which a reader takes from the front. It moves on, and grows where
 * a reader cannot do with less, so that a file of any length is read within the memory of its longest line.
 */
export class Window {
  /** What messages call the file. */
  readonly name: string;
  /** At `end` stands a zero, and there is room behind it, so that loops over digits or literals need not look for the end. */
  bytes = Buffer.alloc(CHUNK_BYTES + SLACK_BYTES);
  /** Of the same bytes. */
  view = viewOf(this.bytes);
  start = 0;
  end = 0;
  #fd: number;

  /** @throws PlanRunError `unavailable` where the file cannot be opened. */
  constructor(path: string, name = path) {
    this.name = name;
    this.#fd = this.#try(() => openSync(path, 'r'));
  }

  /** Brings more of the file behind what is there; what lies before `start` is dropped. @returns whether there was more. */
  more(): boolean {
    const rest = this.end - this.start;
    if (rest > this.bytes.length / 2) {
      const larger = Buffer.alloc(this.#larger());
      this.bytes.copy(larger, 0, this.start, this.end);
      this.bytes = larger;
      this.view = viewOf(larger);
    } else this.bytes.copyWithin(0, this.start, this.end);
    this.start = 0;
    this.end = rest;
    const room = this.bytes.length - SLACK_BYTES - rest;
    const size = this.#try(() => readSync(this.#fd, this.bytes, rest, room, null));
    this.end += size;
    this.bytes[this.end] = 0;
    return size > 0;
  }

  /** Soon as large as a very long line, so that it is not copied often; not much larger than the file. */
  #larger(): number {
    const { length } = this.bytes;
    return Math.max(2 * length, Math.min(16 * length, fstatSync(this.#fd).size + SLACK_BYTES));
  }

  /** Where the line that begins at `start` ends: the index of its newline; -1 where the file ends without one. */
  lineEnd(): number {
    for (let from = this.start; ; ) {
      const found = this.bytes.subarray(0, this.end).indexOf(NEWLINE, from);
      if (found >= 0) return found;
      const looked = this.end - this.start;
      if (!this.more()) return -1;
      from = looked;
    }
  }

  /** As often as one likes. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new PlanRunError('unavailable', `Cannot read the history: ${messageOf(cause)}`, { cause });
    }
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
