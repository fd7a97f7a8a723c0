import { assert } from '../../../base/assert.ts';
import type { Rng } from '../../../base/rng.ts';
import { Backlog } from './backlog.ts';
import { type StreamCommand, type StreamEntry, sizeOf } from './protocol.ts';

/**
 * Which replication history a server's data belong to, and how far along it they are (the comment above `struct
 * redisServer`'s `replid` in server.h): a primary and its replicas share an ID, a promoted replica begins a new one and
 * remembers the old one as far as the two are the same.
 */
export class ReplicationHistory {
  replid: string;
  /** The history before the last promotion, valid below `secondOffset`. */
  replid2 = '';
  secondOffset = -1;
  /** Bytes of the history so far (master_repl_offset). */
  offset = 0;
  readonly backlog = new Backlog();

  constructor(replid: string) {
    this.replid = replid;
  }

  /** A primary's next command. */
  extend(command: StreamCommand): StreamEntry {
    const size = sizeOf(command);
    const entry: StreamEntry = { kind: 'stream', end: this.offset + size, size, command };
    this.offset = entry.end;
    this.backlog.add(entry);
    return entry;
  }

  /** A replica's next command. */
  follow(entry: StreamEntry): void {
    assert(entry.end - entry.size === this.offset, 'a replica applies the stream without gaps');
    this.offset = entry.end;
    this.backlog.add(entry);
  }

  /** A replica becomes primary (shiftReplicationId). */
  shift(replid: string): void {
    this.replid2 = this.replid;
    this.secondOffset = this.offset + 1;
    this.replid = replid;
  }

  /** A replica's primary goes on with the same data under another ID (slaveTryPartialResynchronization, +CONTINUE). */
  rename(replid: string): boolean {
    if (replid === this.replid) return false;
    this.shift(replid);
    return true;
  }

  /** A replica takes over a data set and its place (readSyncBulkPayload). */
  reset(replid: string, offset: number): void {
    this.replid = replid;
    this.replid2 = '';
    this.secondOffset = -1;
    this.offset = offset;
    this.backlog.reset(offset);
  }

  /** Why a replica that asks to go on at byte `from` of `replid` cannot; undefined: it can (masterTryPartialResync). */
  refusal(replid: string, from: number): string | undefined {
    if (replid !== this.replid && (replid !== this.replid2 || from > this.secondOffset)) {
      if (replid === '?') return 'Full resync requested by replica';
      if (replid !== this.replid2)
        return `Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '${short(replid)}', my replication IDs are '${short(this.replid)}' and '${short(this.replid2)}')`;
      return `Partial resynchronization not accepted: Requested offset for second ID was ${from}, but I can reply up to ${this.secondOffset}`;
    }
    if (from > this.backlog.start && from <= this.offset + 1) return undefined;
    return `Unable to partial resync with replica for lack of backlog (Replica request was: ${from})`;
  }
}

/** Forty hexadecimal digits tell people no more than eight. */
export function short(id: string): string {
  return id.slice(0, 8);
}

/** A run ID or replication ID (getRandomHexChars). */
export function randomId(rng: Rng): string {
  return Array.from({ length: 10 }, () => rng.int(0, 0xffff).toString(16).padStart(4, '0')).join('');
}
