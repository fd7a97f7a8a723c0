import type { Connection, Handler, SimProcess } from '../../../../contract/index.ts';
import { CONFIG, Member } from '../member.ts';
import { compareOptimes, type Entry, NO_OPTIME, secondsOf } from '../oplog.ts';
import type { Candidate } from '../puller.ts';
import type { ReplicaSet } from '../replica-set.ts';
import type { Concern } from '../wire.ts';
import { ClientSession } from './client-session.ts';
import { type HeartbeatReply, Heartbeats } from './heartbeats.ts';
import { type ElectionRequest, Manager } from './manager.ts';

/** How long a reader's source waits for news, and a reader for its source (oplogreader.h, tcp_timeout). */
const FETCH = { awaitMs: 5_000, timeoutMs: 30_000 };
/** From a primary's change of state until the last of its clients' connections is closed. */
const CLOSING_MS = 2;
/** A member that would have to go back further gives up (rs_rollback.cpp: half an hour). */
const ROLLBACK_S_MAX = 1_800;

/** A mongod of MongoDB 2.4. */
export class Member24 extends Member {
  readonly term = 0;
  readonly committed = NO_OPTIME;
  readonly followsAnyPrimary = true;
  readonly heartbeats: Heartbeats;
  readonly manager: Manager;
  #begun = false;

  constructor(process: SimProcess, set: ReplicaSet) {
    // Whoever waits for the journal makes the next group come in a third of the time (dur.cpp).
    super(process, set, { journalHurryMs: set.journalIntervalMs / 3, fetch: FETCH });
    this.heartbeats = new Heartbeats(this);
    this.manager = new Manager(this);
    const config = process.disk(CONFIG);
    const first = set.nodes[0] === this.node && config.records.length === 0;
    if (first || config.records.length > 0) this.#begin(first ? 'at once' : 'by chance');
  }

  /**
   * Knows who is in the set. The first node does when it is started for the first time (rs.initiate()), and by its
   * heartbeats the others; so it sees them all, and elects itself, before they see each other.
   */
  #begin(when: 'at once' | 'by chance'): void {
    const config = this.process.disk(CONFIG);
    if (config.records.length === 0) this.rememberSet();
    this.#begun = true;
    // The first entry of every set's log: "initiating set".
    if (when === 'at once') this.writeNoop();
    this.heartbeats.start(when);
    this.puller.start();
  }

  candidates(): readonly Candidate[] {
    return [...this.heartbeats.peers.values()];
  }

  seesPrimary(node: string): boolean {
    return this.manager.primary === node;
  }

  get knowsPrimary(): boolean {
    return this.manager.primary !== undefined;
  }

  /** There are no terms. */
  hearTerm(): void {}

  becomePrimary(): void {
    this.puller.stop();
    this.positions.clear();
    this.state = 'PRIMARY';
  }

  /**
   * Steps down (ReplSetImpl::relinquish). Every write that waits for others is answered `ok`, whoever has it: who waits
   * looks again every millisecond, and on a member that is not primary nothing is waited for (repl_block.cpp,
   * replicatedToNum: "w <= 1 || !_isMaster()"). Then the clients' connections are closed.
   */
  relinquish(why: string): void {
    this.state = 'SECONDARY';
    this.process.say('step-down', `${this.node} relinquishes primary state: ${why}`);
    this.waiters.endAll();
    this.process.after(CLOSING_MS, () => {
      if (this.state !== 'PRIMARY') this.closeClients();
    });
    this.puller.start();
  }

  /** Enough members have fetched up to there. By time alone: 2.4 does not ask whether it is the same operation. */
  isSatisfied(entry: Entry, { w }: Concern): boolean {
    let having = 1;
    for (const { applied } of this.positions.values()) if (compareOptimes(applied, entry) >= 0) having++;
    return having >= w;
  }

  protected learned(): void {}

  protected positionsChanged(): void {
    this.waiters.look();
  }

  protected protocolAsked(request: unknown, reply: (answer: unknown) => void): void {
    const asked = request as ElectionRequest | { do: 'heartbeat' };
    if (asked.do === 'heartbeat') {
      if (!this.#begun) this.#begin('by chance');
      reply({
        state: this.state,
        applied: this.oplog.last,
        electedMs: this.manager.electedMs,
      } satisfies HeartbeatReply);
    } else if (asked.do === 'fresh') reply(this.manager.fresh(asked));
    else reply(this.manager.elect(asked));
  }

  protected serveClient(connection: Connection): Handler {
    return new ClientSession(this, connection);
  }

  protected override mayRollBack(point: Entry | undefined): boolean {
    return point === undefined || secondsOf(this.oplog.last) - secondsOf(point) <= ROLLBACK_S_MAX;
  }
}
