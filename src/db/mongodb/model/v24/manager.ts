import { assert } from '../../../../base/assert.ts';
import type { Rng } from '../../../../base/rng.ts';
import type { Loss } from '../../../../contract/index.ts';
import { compareOptimes, type Optime, secondsOf, showOptime } from '../oplog.ts';
import type { Peer } from './heartbeats.ts';
import type { Member24 } from './member.ts';

/** A vote binds for so long (consensus.cpp, LeaseTime: 3 s in its last version, 30 s in 2.4; see ../README.md). */
const LEASE_MS = 3_000;
/** Who is to be primary by its priority may be so far behind (rs.cpp, "within 10 seconds"). */
const CLOSE_S = 10;
/** A no that outweighs every yes. */
const VETO = -10_000;

export type ElectionRequest =
  | { readonly do: 'fresh'; readonly node: string; readonly applied: Optime }
  | { readonly do: 'elect'; readonly node: string };

export interface FreshReply {
  readonly applied: Optime;
  readonly fresher: boolean;
  readonly veto: boolean;
}

/**
 * Decides who is primary (2.4: manager.cpp, consensus.cpp). Nothing here is a consensus on anything but the moment: a
 * member that sees a majority and no primary asks those that it believes to be up whether somebody is fresher, then for
 * their votes, and the voters compare it with nobody but a primary. So who has the latest operation can be passed
 * over: when the candidate believes it to be down, when its answer is lost, when it has come further since.
 */
export class Manager {
  readonly #member: Member24;
  readonly #rng: Rng;
  /** The other member that is primary, as far as this one knows. */
  #primary: string | undefined;
  /** When this member became primary the last time, by its wall clock. */
  electedMs = 0;
  #electing = false;
  #sleptLast = false;
  #vote: { readonly who: string; readonly atMs: number } | undefined;

  constructor(member: Member24) {
    this.#member = member;
    this.#rng = member.process.rng.fork('election');
  }

  /** The primary, as far as this member knows. */
  get primary(): string | undefined {
    const { state, node } = this.#member;
    return state === 'PRIMARY' ? node : this.#primary;
  }

  /** Looks at what the heartbeats have found (Manager::msgCheckNewState). */
  checkNewState(): void {
    const { node, set, state } = this.#member;
    const known = this.#primary === undefined ? undefined : this.#peer(this.#primary);
    if (known !== undefined && !(known.up && known.state === 'PRIMARY')) this.#primary = undefined;
    const others = this.#peers.filter((peer) => peer.up && peer.state === 'PRIMARY');
    if (others.length > 1) return;
    const [other] = others;
    if (other !== undefined) {
      this.#noteRemotePrimary(other);
      return;
    }
    if (state === 'PRIMARY') {
      if (this.#lostMajority()) this.#member.relinquish('it cannot see a majority of the set');
      else this.#yieldToPriority();
      return;
    }
    if (state !== 'SECONDARY' || set.priority(node) === 0 || this.#electing) return;
    if (2 * (1 + this.#peers.filter(({ up }) => up).length) > set.nodes.length) this.#electSelf();
  }

  /** Whether the candidate should not go on: somebody is fresher, or this member objects (CmdReplSetFresh). */
  fresh({ node, applied }: Extract<ElectionRequest, { do: 'fresh' }>): FreshReply {
    const { oplog } = this.#member;
    const lastOther = this.#peers.filter(({ up }) => up).map((peer) => peer.applied);
    const fresher = [oplog.last, ...lastOther].some((optime) => compareOptimes(optime, applied) > 0);
    return { applied: oplog.last, fresher, veto: this.#objection(node) !== undefined };
  }

  /** A vote: 1, 0 (already given to somebody else), or a veto (Consensus::electCmdReceived). */
  elect({ node }: Extract<ElectionRequest, { do: 'elect' }>): number {
    const { process, state } = this.#member;
    const objection = this.#objection(node);
    if (objection !== undefined) {
      process.say('vote', `votes no for ${node}: ${objection}`);
      return VETO;
    }
    if (!this.#yea(node)) {
      process.say('vote', `votes no for ${node}: it has voted for another already`);
      return 0;
    }
    if (state === 'PRIMARY') this.#member.relinquish(`it has voted for ${node}`);
    process.say('vote', `votes yea for ${node}`);
    return 1;
  }

  get #peers(): Peer[] {
    return [...this.#member.heartbeats.peers.values()];
  }

  #peer(node: string): Peer | undefined {
    return this.#member.heartbeats.peers.get(node);
  }

  /**
   * There is another primary. Of two, the one that was elected earlier gives way: so the article saw it, and so 2.4 has done it
   * since its servers tell each other when they were elected (SERVER-8145; before that both could go on).
   */
  #noteRemotePrimary({ node, electedMs }: Peer): void {
    const { state, process } = this.#member;
    if (state === 'PRIMARY') {
      if (electedMs <= this.electedMs) return;
      this.#primary = node;
      this.#member.relinquish(`${node} is primary, too, and was elected later`);
    } else if (this.#primary !== node) {
      this.#primary = node;
      process.say('primary', `takes ${node} for the primary`);
    }
  }

  /** Whether too many have been down for too long: twice the heartbeat's timeout (Consensus::shouldRelinquish). */
  #lostMajority(): boolean {
    const { process, set } = this.#member;
    const now = process.nowMs();
    const patienceMs = 2 * set.heartbeatTimeoutMs;
    const up = this.#peers.filter(({ downSinceMs }) => downSinceMs === undefined || now - downSinceMs < patienceMs);
    return 2 * (1 + up.length) <= set.nodes.length;
  }

  #yieldToPriority(): void {
    const { node, set, oplog } = this.#member;
    const better = this.#peers.find((peer) => {
      const close = secondsOf(oplog.last) - secondsOf(peer.applied) <= CLOSE_S;
      return peer.up && peer.state === 'SECONDARY' && close && set.priority(peer.node) > set.priority(node);
    });
    if (better !== undefined) this.#member.relinquish(`${better.node} has a higher priority and is close behind`);
  }

  /** Why `hopeful` must not be primary, by what this member knows of it and of others: as old as its heartbeats. */
  #objection(hopeful: string): string | undefined {
    const { state, oplog, set } = this.#member;
    const applied = this.#peer(hopeful)?.applied;
    if (applied === undefined) return 'it is no member';
    if (state === 'PRIMARY' && compareOptimes(oplog.last, applied) >= 0) return 'this member is primary already';
    const primary = this.#primary === undefined ? undefined : this.#peer(this.#primary);
    if (primary?.up && compareOptimes(primary.applied, applied) >= 0)
      return `${primary.node} is primary already, and more up to date`;
    if (this.#mostElectable() > set.priority(hopeful)) return 'it has a lower priority than another one';
    return undefined;
  }

  /** The highest priority of those who are up and close enough to the latest operation (getMostElectable). */
  #mostElectable(): number {
    const { node, oplog, set } = this.#member;
    const all = [{ node, applied: oplog.last }, ...this.#peers.filter(({ up }) => up)];
    const latest = Math.max(...all.map(({ applied }) => secondsOf(applied)));
    const close = all.filter(({ applied }) => latest - secondsOf(applied) <= CLOSE_S);
    return Math.max(...close.map((one) => set.priority(one.node)));
  }

  #yea(who: string): boolean {
    const now = this.#member.process.nowMs();
    const last = this.#vote;
    if (last !== undefined && last.who !== who && now - last.atMs < LEASE_MS) return false;
    this.#vote = { who, atMs: now };
    return true;
  }

  /** First: is anybody fresher? Asked are those that are believed to be up (Consensus::_electSelf). */
  #electSelf(): void {
    const { node, oplog, process, set } = this.#member;
    this.#electing = true;
    const applied = oplog.last;
    this.#askAll({ do: 'fresh', node, applied }, (answers: readonly FreshReply[]) => {
      if (this.#member.state !== 'SECONDARY') return this.#end();
      if (answers.some(({ fresher, veto }) => fresher || veto)) {
        process.say('election', 'does not elect itself: somebody is fresher, or objects');
        return this.#end();
      }
      const tied = answers.some((answer) => compareOptimes(answer.applied, applied) === 0);
      if (tied && !this.#sleptLast && set.nodes[0] !== node) {
        this.#sleptLast = true;
        const ms = this.#rng.int(50, 1049);
        process.say('election', `others are as fresh: sleeps ${ms} ms before it elects itself`);
        process.after(ms, () => {
          this.#end();
          this.checkNewState();
        });
        return;
      }
      this.#sleptLast = false;
      this.#collectVotes();
    });
  }

  #collectVotes(): void {
    const { node, process, set } = this.#member;
    process.say('election', `elects itself: asks for votes`);
    if (!this.#yea(node)) {
      process.say('election', 'has voted for another already');
      this.#end();
      return;
    }
    this.#askAll({ do: 'elect', node }, (votes: readonly number[]) => {
      this.#end();
      const tally = votes.reduce((sum, vote) => sum + vote, 1);
      if (this.#member.state !== 'SECONDARY') return;
      if (2 * tally <= set.nodes.length) {
        process.say('election', `could not elect itself: ${Math.max(0, tally)} of ${set.nodes.length} votes`);
        return;
      }
      assert(votes.filter((vote) => vote === 1).length + 1 >= set.majority, `${node} is elected by a majority`);
      this.#won(tally);
    });
  }

  #won(tally: number): void {
    const { node, oplog, process, set } = this.#member;
    this.#primary = undefined;
    // What nobody in the set notices, the trace tells.
    const ahead = set.running.filter((other) => compareOptimes(other.oplog.last, oplog.last) > 0);
    const passed = ahead.map((other) => `${other.node} (${showOptime(other.oplog.last)})`).join(', ');
    process.say(
      'elected',
      `${node} is primary by ${tally} of ${set.nodes.length} votes, with operations up to ${showOptime(oplog.last)}` +
        (ahead.length > 0 ? `; operations that only ${passed} may have are passed over` : ''),
    );
    this.electedMs = process.wallMs();
    this.#member.becomePrimary();
  }

  #end(): void {
    this.#electing = false;
  }

  /** Asks those that are believed to be up, and goes on with what answers there are when all have come, or are lost. */
  #askAll<T>(request: ElectionRequest, done: (answers: readonly T[]) => void): void {
    const { heartbeats, set } = this.#member;
    const asked = this.#peers.filter(({ up }) => up);
    const answers: T[] = [];
    let left = asked.length;
    if (left === 0) {
      done(answers);
      return;
    }
    for (const { node } of asked) {
      const answered = (answer: unknown, lost: Loss | undefined) => {
        if (lost === undefined) answers.push(answer as T);
        if (--left === 0) done(answers);
      };
      heartbeats.connection(node).call(request, answered, set.heartbeatTimeoutMs);
    }
  }
}
