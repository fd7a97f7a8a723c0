import { assert } from '../../../base/assert.ts';
import type { Connection, Handler, SimProcess } from '../../../contract/index.ts';
import { Waiters } from './concern.ts';
import { Feed } from './feed.ts';
import { Journal } from './journal.ts';
import {
  compareOptimes,
  type Doc,
  type Entry,
  elementsOf,
  nextTs,
  type Optime,
  secondsOf,
  showOptime,
} from './oplog.ts';
import { type Candidate, type Pace, Puller } from './puller.ts';
import type { ReplicaSet } from './replica-set.ts';
import { told, written } from './update.ts';
import {
  type Concern,
  type FetchReply,
  MONGO_PORT,
  type Position,
  type Progress,
  type Replication,
  type State,
  type Update,
} from './wire.ts';

/** Whether it knows the set: there from its first start as a member on. */
export const CONFIG = 'config';

/**
 * How long the initial sync of an empty set takes, its files among it. All members begin it within two seconds, when they
 * hear of the set, so that none can be another's source yet: everybody begins by replicating from the primary.
 */
const INITIAL_SYNC_MS = 3_000;

/** A member of the set: what the two protocols have in common. Its state is lost with its process, but for the disk. */
export abstract class Member {
  readonly process: SimProcess;
  readonly node: string;
  readonly set: ReplicaSet;
  readonly oplog: ReturnType<typeof Journal.recover>;
  readonly journal: Journal;
  readonly feed: Feed;
  readonly puller: Puller;
  readonly waiters: Waiters;
  state: State;
  /** How far the others have come, as far as it was told. */
  readonly positions = new Map<string, Position>();
  readonly #clients = new Set<Connection>();
  #syncing = false;

  constructor(process: SimProcess, set: ReplicaSet, options: { journalHurryMs: number; fetch: Pace }) {
    this.process = process;
    this.node = process.node;
    this.set = set;
    this.oplog = Journal.recover(process);
    this.journal = new Journal(process, this.oplog, set.journalIntervalMs, options.journalHurryMs);
    this.feed = new Feed(this);
    this.puller = new Puller(this, options.fetch);
    this.waiters = new Waiters(
      (entry, concern) => this.isSatisfied(entry, concern),
      (ms, work) => process.after(ms, work),
    );
    process.detail(
      'recover',
      () => `${this.node} finds ${this.doc?.size} elements in its journal, up to ${showOptime(this.oplog.last)}`,
      () => elementsOf(this.doc),
      'gained',
    );
    const fresh = process.disk(CONFIG).records.length === 0;
    this.state = fresh && set.nodes[0] !== this.node ? 'STARTUP2' : 'SECONDARY';
    process.listen(MONGO_PORT, (connection) => this.#accept(connection));
  }

  /** In which term it is; 0 in 2.4, which has none. */
  abstract readonly term: number;
  /** Up to where no election takes anything back; nothing in 2.4. */
  abstract readonly committed: Optime;
  /** Whether it gives up its own writes for those of any primary, even one that seems to be behind. */
  abstract readonly followsAnyPrimary: boolean;
  /** The other members as its heartbeats show them. */
  abstract candidates(): readonly Candidate[];
  abstract seesPrimary(node: string): boolean;
  /** Whether it is the primary, or knows one. */
  abstract readonly knowsPrimary: boolean;
  /** Another member is in this term. */
  abstract hearTerm(term: number): void;
  /** Whether a write on this primary has what it waits for. */
  abstract isSatisfied(entry: Entry, concern: Concern): boolean;
  /** A batch has come: its entries are in the log by now. */
  protected abstract learned(batch: Extract<FetchReply, { entries: unknown }>): void;
  /** Others have come further. */
  protected abstract positionsChanged(): void;
  /** A request of the protocol: elections, heartbeats. */
  protected abstract protocolAsked(request: unknown, reply: (answer: unknown) => void): void;
  /** What a client's connection is answered. */
  protected abstract serveClient(connection: Connection): Handler;

  get position(): Position {
    return { applied: this.oplog.last, durable: this.journal.durable };
  }

  get doc(): Doc | undefined {
    return this.oplog.doc;
  }

  /** From now on it is a member, also when it is started again. */
  protected rememberSet(): void {
    const config = this.process.disk(CONFIG);
    config.append('initiated');
    config.sync(() => {});
  }

  /** Whether it will have this entry after a kill, too. */
  hasInJournal(entry: Entry): boolean {
    return this.oplog.has(entry) && compareOptimes(this.journal.durable, entry) >= 0;
  }

  /** Carries out an update as the primary. @returns its entry in the log; undefined where the document was not the expected one. */
  write(update: Update, session: string | undefined): Entry | undefined {
    assert(this.state === 'PRIMARY', `${this.node} writes as the primary`);
    const change = written(update, this.oplog);
    if (change === undefined) return undefined;
    const ts = nextTs(this.oplog.last.ts, this.process.wallMs());
    const entry: Entry = { term: this.term, ts, ...change, ...(session === undefined ? {} : { session }) };
    this.#append(entry);
    this.process.detail(
      'write',
      () => `${this.node} has written ${told(entry).words} at ${showOptime(entry)}, on itself so far`,
      () => told(entry).elements,
      'gained',
    );
    return entry;
  }

  /** Writes an entry that changes nothing. */
  writeNoop(): Entry {
    const entry: Entry = { term: this.term, ts: nextTs(this.oplog.last.ts, this.process.wallMs()), doc: undefined };
    this.#append(entry);
    return entry;
  }

  /** A batch from the member it replicates from. */
  fetched(batch: Extract<FetchReply, { entries: unknown }>, source: string): void {
    for (const entry of batch.entries) {
      assert(compareOptimes(entry, this.oplog.last) > 0, `${this.node} applies operations in the order of the log`);
      this.oplog.append(entry);
      if (entry.doc !== undefined || entry.number !== undefined)
        this.process.detail(
          'replicate',
          () => `${this.node} has ${told(entry).words} from ${source}`,
          () => told(entry).elements,
          'gained',
        );
    }
    if (batch.entries.length > 0) {
      this.journal.wrote();
      this.feed.wake();
    }
    this.learned(batch);
    if (this.state === 'STARTUP2' && !this.#syncing) {
      this.#syncing = true;
      this.process.after(INITIAL_SYNC_MS, () => this.#synced());
    }
  }

  /** The initial sync is done: from now on it may be synced from, elected, and choose its source anew. */
  #synced(): void {
    this.state = 'SECONDARY';
    this.process.say('member-state', `${this.node} has its initial copy: SECONDARY`);
    this.puller.stop();
    this.puller.start();
  }

  /** Members have come so far: they say so themselves, or whoever replicates from here says it for them. */
  progressed(positions: Progress['positions']): void {
    // A report that has been here already goes round in a circle: two members that replicate from each other, for now.
    const news = positions.filter(([node, position]) => node !== this.node && this.positions.get(node) !== position);
    for (const [node, position] of news) this.positions.set(node, position);
    if (news.length === 0) return;
    if (this.state !== 'PRIMARY') this.puller.tell(news);
    this.positionsChanged();
  }

  /**
   * Goes back to the first `count` entries, where this log and the source's part; what is thrown away goes to a file,
   * as far as the document shows it (rs_rollback.cpp). @returns whether it may go on.
   */
  rollBack(count: number, source: string): boolean {
    const { process, oplog } = this;
    const point = oplog.entries[count - 1];
    const [before, after] = [oplog.doc, oplog.docAt(count)];
    if (!this.mayRollBack(point)) {
      this.state = 'FATAL';
      process.say('rollback-refused', `${this.node} would have to go back too far, and gives up`);
      return false;
    }
    const gone = oplog.truncate(count);
    this.journal.truncate(count);
    const elements = gone.flatMap(({ doc }) => (doc === undefined ? [] : [doc.element]));
    const to = point === undefined ? 'the beginning' : showOptime(point);
    process.say(
      'rollback',
      `${this.node} goes back to ${to}, where it agrees with ${source}, and throws away ${gone.length} operations`,
      elements,
      'dropped',
    );
    const numbers = gone.flatMap(({ number }) => number ?? []);
    if (before !== after || numbers.length > 0) {
      const set = { _id: 'set', value: elementsOf(before), common_point: to, elements_thrown_away: elements };
      const lost = numbers.length > 0 ? { common_point: to, numbers_thrown_away: numbers } : set;
      process.publish(`rollback-${secondsOf(oplog.last)}.json`, JSON.stringify(lost));
    }
    this.positions.clear();
    this.feed.wake();
    return true;
  }

  /** Whether it may go back to `point`: by default, to any. */
  protected mayRollBack(_point: Entry | undefined): boolean {
    return true;
  }

  /** Closes what clients have open here. */
  closeClients(): void {
    for (const connection of this.#clients) connection.close();
    this.#clients.clear();
  }

  #append(entry: Entry): void {
    this.oplog.append(entry);
    this.journal.wrote();
    this.feed.wake();
  }

  #accept(connection: Connection): Handler {
    if (!this.set.nodes.includes(connection.peer)) {
      this.#clients.add(connection);
      const handler = this.serveClient(connection);
      return {
        message: (message) => handler.message?.(message, connection),
        asked: (request, reply) => handler.asked?.(request, reply, connection),
        ended: (why) => {
          this.#clients.delete(connection);
          handler.ended?.(why, connection);
        },
      };
    }
    return {
      message: (message) => {
        const { term, positions } = message as Progress;
        this.hearTerm(term);
        this.progressed(positions);
      },
      asked: (request, reply) => {
        const replication = request as Replication;
        if (replication.do === 'fetch') this.feed.asked(replication, reply, connection);
        else if (replication.do === 'compare') reply(this.#unknown(replication.entries));
        else this.protocolAsked(request, reply);
      },
      ended: () => this.feed.left(connection),
    };
  }

  /** How many of these entries, newest first, are not in this log. */
  #unknown(entries: readonly Entry[]): number {
    const known = entries.findIndex((entry) => this.oplog.has(entry));
    return known < 0 ? entries.length : known;
  }
}
