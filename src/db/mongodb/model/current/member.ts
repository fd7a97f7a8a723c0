import { assert } from '../../../../base/assert.ts';
import type { Connection, Handler, SimProcess } from '../../../../contract/index.ts';
import { CONFIG, Member } from '../member.ts';
import { compareOptimes, type Entry, NO_OPTIME, type Optime, showOptime } from '../oplog.ts';
import type { Candidate } from '../puller.ts';
import type { ReplicaSet } from '../replica-set.ts';
import { told } from '../update.ts';
import type { Concern, FetchReply, Position, Progress } from '../wire.ts';
import { ClientSession } from './client-session.ts';
import { Elections, type VoteRequest } from './elections.ts';
import { type HeartbeatReply, type HeartbeatRequest, Heartbeats } from './heartbeats.ts';

/** The longest that a reader's source waits for news (oplog_fetcher.cpp, calculateAwaitDataTimeout). */
const AWAIT_MS_MAX = 30_000;
/** How much longer than that the reader waits (oplogNetworkTimeoutBufferSeconds). */
const FETCH_BUFFER_MS = 2_000;
/** How often a primary looks whether it still hears a majority. */
const LIVENESS_MS = 500;
/** How long a new primary waits for what others may have more (catchUpTimeoutMillis, which is endless by default). */
const CATCH_UP_MS = 2_000;

/** A mongod of 4.4 or later: protocol version 1. */
export class MemberCurrent extends Member {
  readonly followsAnyPrimary = false;
  readonly heartbeats: Heartbeats;
  readonly elections: Elections;
  /** The last operation that a majority has in its journal, as far as this member has learned. */
  committed: Optime = NO_OPTIME;
  #begun = false;
  /** Elected, and not yet ready to write: it fetches what others have first (catch-up). */
  #catchingUp = false;

  constructor(process: SimProcess, set: ReplicaSet) {
    // The journal's flusher goes at once when somebody waits for it (journal_flusher.cpp).
    // News of the primary's life come with the batches, so that no batch may take longer than half its election timeout.
    const awaitMs = Math.min(set.electionTimeoutMs / 2, AWAIT_MS_MAX);
    super(process, set, { journalHurryMs: 0, fetch: { awaitMs, timeoutMs: awaitMs + FETCH_BUFFER_MS } });
    this.heartbeats = new Heartbeats(this);
    this.elections = new Elections(this);
    this.journal.progressed = () => this.#journalled();
    const config = process.disk(CONFIG);
    const first = set.nodes[0] === this.node && config.records.length === 0;
    if (first || config.records.length > 0) this.#begin(first);
  }

  /** Knows who is in the set: the first node from the beginning (rs.initiate()), and from its heartbeats the others. */
  #begin(first: boolean): void {
    const { process } = this;
    const config = process.disk(CONFIG);
    if (config.records.length === 0) this.rememberSet();
    this.#begun = true;
    // The first entry of every set's log: "initiating set".
    if (first) this.writeNoop();
    this.heartbeats.start(first ? 'at once' : 'by chance');
    this.elections.postpone();
    this.puller.start();
    if (first) process.after(LIVENESS_MS, () => this.elections.stand('has set up the set'));
    process.every(LIVENESS_MS, () => this.#stepDownWithoutMajority());
  }

  get term(): number {
    return this.elections.term;
  }

  /** Whether it takes writes. */
  get writable(): boolean {
    return this.state === 'PRIMARY' && !this.#catchingUp;
  }

  candidates(): readonly Candidate[] {
    return [...this.heartbeats.peers.values()];
  }

  seesPrimary(node: string): boolean {
    return this.heartbeats.peers.get(node)?.state === 'PRIMARY';
  }

  get knowsPrimary(): boolean {
    return this.state === 'PRIMARY' || [...this.heartbeats.peers.values()].some(({ state }) => state === 'PRIMARY');
  }

  hearTerm(term: number): void {
    if (!this.elections.hear(term) || this.state !== 'PRIMARY') return;
    this.#stepDown(`term ${term} has begun`);
  }

  /** How much of its log a majority has. */
  get committedCount(): number {
    return this.oplog.countUpTo(this.committed);
  }

  becomePrimary(): void {
    for (const other of this.set.running)
      assert(
        other === this || other.state !== 'PRIMARY' || other.term !== this.term,
        `${this.node} is the only primary of term ${this.term}`,
      );
    this.state = 'PRIMARY';
    this.#catchingUp = true;
    for (const peer of this.heartbeats.peers.values()) peer.heardMs = this.process.nowMs();
    this.heartbeats.restart();
    const { term } = this;
    this.process.after(CATCH_UP_MS, () => {
      if (this.term === term) this.#caughtUp();
    });
    this.#caughtUpIfNobodyIsAhead();
  }

  /** Has heard from another member: by its answer to a heartbeat. */
  heard(node: string, term: number, primary: boolean, position: Position, committed: Optime): void {
    this.hearTerm(term);
    if (primary && term === this.term) {
      this.elections.postpone();
      if (this.state === 'SECONDARY') this.elections.consider(node, position.applied);
    }
    // A log whose last entry is of this term is the beginning of its primary's; others may hold what will be taken back.
    if (this.oplog.last.term === this.term) this.#learnCommitted(committed);
    this.positions.set(node, position);
    this.positionsChanged();
  }

  /** Committed, for `majority`; else enough members have it (in memory), and the primary in its journal where asked. */
  isSatisfied(entry: Entry, { w, majority }: Concern): boolean {
    if (majority) return compareOptimes(this.committed, entry) >= 0;
    let having = 1;
    for (const { applied } of this.positions.values()) if (compareOptimes(applied, entry) >= 0) having++;
    return having >= w;
  }

  /** An acknowledged write of a majority is on a majority: looked up on the members themselves. */
  assertOnMajority(entry: Entry): void {
    const having = this.set.nodes.filter((node) => this.set.members.get(node)?.hasInJournal(entry)).length;
    if (having >= this.set.majority) return;
    assert(
      false,
      `${this.node} acknowledges ${told(entry).words}, which ${having} of ${this.set.nodes.length} members have`,
    );
  }

  override progressed(positions: Progress['positions']): void {
    for (const [node] of positions) this.heartbeats.alive(node);
    super.progressed(positions);
  }

  override rollBack(count: number, source: string): boolean {
    if (this.state === 'PRIMARY') {
      // What it was elected with is what counts (bgsync.cpp, "Rollback situation detected in catch-up mode").
      this.#caughtUp();
      return false;
    }
    // It was a candidate with another log than it will have (_setFollowerMode cancels the election).
    this.elections.withdraw();
    const point = this.oplog.entries[count - 1] ?? NO_OPTIME;
    assert(
      compareOptimes(point, this.committed) >= 0,
      `${this.node} goes back to ${showOptime(point)}, not behind the commit point ${showOptime(this.committed)}`,
    );
    return super.rollBack(count, source);
  }

  protected learned({ term, knowsPrimary, committed }: Extract<FetchReply, { entries: unknown }>): void {
    this.hearTerm(term);
    if (knowsPrimary && term === this.term && this.state !== 'PRIMARY') this.elections.postpone();
    // This log is the beginning of the source's.
    this.#learnCommitted(committed);
    this.journal.hurry();
    if (this.#catchingUp) this.#caughtUpIfNobodyIsAhead();
  }

  protected positionsChanged(): void {
    if (this.state !== 'PRIMARY') return;
    if (this.#catchingUp) this.#caughtUpIfNobodyIsAhead();
    this.#commit();
    this.waiters.look();
  }

  protected protocolAsked(request: unknown, reply: (answer: unknown) => void): void {
    const asked = request as VoteRequest | HeartbeatRequest;
    if (asked.do === 'request-votes') {
      this.elections.asked(asked, reply);
      return;
    }
    if (!this.#begun) this.#begin(false);
    this.hearTerm(asked.term);
    if (asked.primary && asked.term === this.term) this.elections.postpone();
    const { term, state, position, committed } = this;
    reply({ term, state, position, committed } satisfies HeartbeatReply);
  }

  protected serveClient(connection: Connection): Handler {
    return new ClientSession(this, connection);
  }

  /** More is in this member's journal: the primary counts itself, others tell it. */
  #journalled(): void {
    if (this.state === 'PRIMARY') this.positionsChanged();
    else this.puller.tell([[this.node, this.position]]);
  }

  /**
   * Moves the commit point: to the last operation that a majority has in its journal, if it is one of this term (Raft
   * 5.4.2: those of earlier terms are committed with it).
   */
  #commit(): void {
    if (!this.#isMajorityAhead()) return;
    const others = [...this.positions.values()].map(({ durable }) => durable);
    const all = [this.journal.durable, ...others].sort((a, b) => compareOptimes(b, a));
    const point = all[this.set.majority - 1];
    if (point === undefined || point.term !== this.term) return;
    this.#advance(point);
  }

  /** Whether a majority has more in its journal than what is committed. Asked with all that others tell; most of that is no news. */
  #isMajorityAhead(): boolean {
    const { committed } = this;
    let ahead = compareOptimes(this.journal.durable, committed) > 0 ? 1 : 0;
    for (const { durable } of this.positions.values()) if (compareOptimes(durable, committed) > 0) ahead++;
    return ahead >= this.set.majority;
  }

  /** Somebody calls this committed; it is so here as far as this log has come. */
  #learnCommitted(committed: Optime): void {
    const { last } = this.oplog;
    this.#advance(compareOptimes(committed, last) < 0 ? committed : last);
  }

  #advance(point: Optime): void {
    if (compareOptimes(point, this.committed) <= 0) return;
    this.committed = point;
    if (this.state === 'PRIMARY') this.feed.wake();
  }

  /** A primary catches up with whoever has come further, before it writes anything. */
  #caughtUpIfNobodyIsAhead(): void {
    if (!this.#catchingUp) return;
    const furthest = this.heartbeats.furthest;
    if (furthest === undefined || compareOptimes(furthest.applied, this.oplog.last) <= 0) this.#caughtUp();
  }

  #caughtUp(): void {
    if (!this.#catchingUp || this.state !== 'PRIMARY') return;
    this.#catchingUp = false;
    this.puller.stop();
    this.positions.clear();
    this.writeNoop();
    this.journal.hurry();
    this.process.say('primary', `${this.node} takes writes in term ${this.term}`);
  }

  /** A primary that a majority does not answer for the length of an election timeout gives up. */
  #stepDownWithoutMajority(): void {
    if (this.state !== 'PRIMARY') return;
    const now = this.process.nowMs();
    const alive = [...this.heartbeats.peers.values()].filter(
      ({ heardMs }) => now - heardMs < this.set.electionTimeoutMs,
    );
    if (alive.length + 1 < this.set.majority) this.#stepDown('it does not hear from a majority');
  }

  #stepDown(why: string): void {
    this.state = 'SECONDARY';
    this.#catchingUp = false;
    this.process.say('step-down', `${this.node} steps down: ${why}`);
    this.waiters.endAll();
    this.elections.postpone();
    this.puller.start();
    this.feed.wake();
  }
}
