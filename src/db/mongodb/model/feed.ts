import type { Connection, Timer } from '../../../contract/index.ts';
import type { Member } from './member.ts';
import { compareOptimes, type Entry } from './oplog.ts';
import type { Fetch, FetchReply } from './wire.ts';

const BATCH = 1_000;

interface Reader {
  readonly fetch: Fetch;
  readonly timer: Timer;
  reply(answer: FetchReply): void;
}

/** Gives the oplog to whoever replicates from this member: what is new at once, or when there is something. */
export class Feed {
  readonly #member: Member;
  readonly #readers = new Map<Connection, Reader>();

  constructor(member: Member) {
    this.#member = member;
  }

  asked(fetch: Fetch, reply: (answer: FetchReply) => void, connection: Connection): void {
    this.#member.hearTerm(fetch.term);
    const { after } = fetch;
    const refusal = this.#refusal(after);
    if (refusal !== undefined) {
      reply(refusal);
      return;
    }
    // A position counts when it is one in this log: another history may have later times.
    this.#member.progressed([[fetch.node, fetch.position]]);
    if (this.#news(after).length > 0) {
      reply(this.#batch(after));
      return;
    }
    // After a rollback two may have each other for a source, and neither gets news any more. (MongoDB breaks such circles
    // in catch-up, SERVER-58988; else the no-ops of an idle primary show that both are behind.)
    if (this.#member.puller.source === fetch.node && this.#member.state === 'SECONDARY') {
      reply({ refused: 'circle', primary: false });
      return;
    }
    const timer = this.#member.process.after(fetch.awaitMs, () => this.#end(connection));
    this.#readers.set(connection, { fetch, timer, reply });
  }

  left(connection: Connection): void {
    this.#readers.get(connection)?.timer.cancel();
    this.#readers.delete(connection);
  }

  /** There is something new: entries, a commit point, a state. */
  wake(): void {
    for (const connection of [...this.#readers.keys()]) this.#end(connection);
  }

  #end(connection: Connection): void {
    const reader = this.#readers.get(connection);
    if (reader === undefined) return;
    this.left(connection);
    reader.reply(this.#batch(reader.fetch.after));
  }

  #news(after: Entry | undefined): readonly Entry[] {
    const { oplog } = this.#member;
    const from = after === undefined ? 0 : oplog.countUpTo(after);
    return oplog.entries.slice(from, from + BATCH);
  }

  #batch(after: Entry | undefined): FetchReply {
    const { committed, term, knowsPrimary } = this.#member;
    // A rollback may have taken away where the reader stands.
    return this.#refusal(after) ?? { entries: this.#news(after), committed, term, knowsPrimary };
  }

  /** Why nobody who stands at `after` can go on from here. */
  #refusal(after: Entry | undefined): Extract<FetchReply, { refused: unknown }> | undefined {
    const { oplog, state } = this.#member;
    const primary = state === 'PRIMARY';
    if (!primary && state !== 'SECONDARY') return { refused: 'state', primary };
    if (after === undefined || oplog.has(after)) return undefined;
    return { refused: compareOptimes(oplog.last, after) < 0 ? 'behind' : 'diverged', primary };
  }
}
