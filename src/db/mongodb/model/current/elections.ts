import { assert } from '../../../../base/assert.ts';
import type { Rng } from '../../../../base/rng.ts';
import type { Loss, Timer } from '../../../../contract/index.ts';
import { compareOptimes, type Optime, secondsOf, showOptime } from '../oplog.ts';
import type { MemberCurrent } from './member.ts';

export interface VoteRequest {
  readonly do: 'request-votes';
  readonly node: string;
  readonly term: number;
  readonly applied: Optime;
  /** Only asks how it would be: nobody's term or vote changes. */
  readonly dryRun: boolean;
}

export interface VoteReply {
  readonly term: number;
  readonly granted: boolean;
  readonly why: string;
}

/** What a member must not forget: in which term it is, and whom it has voted for in it. */
interface LastVote {
  readonly term: number;
  readonly node: string;
}

/** Members do not begin elections together: up to so much later each (replElectionTimeoutOffsetLimitFraction, 15%). */
const OFFSET_PERCENT = 15;
/** A member with a higher priority takes over when it is so close to the primary (priorityTakeoverFreshnessWindowSeconds). */
const TAKEOVER_S = 2;

/**
 * Elections of protocol version 1, which follow Raft (Ongaro and Ousterhout 2014, 5.2 and 5.4.1): a member that hears of
 * no primary asks, after a dry run, in a new term for votes; each member has one vote a term, kept on its disk, and
 * gives it to nobody whose log is behind its own. (topology_coordinator.cpp, processReplSetRequestVotes.)
 */
export class Elections {
  readonly #member: MemberCurrent;
  readonly #rng: Rng;
  #last: LastVote;
  #timer: Timer | undefined;
  #takeover: Timer | undefined;
  /** Counts the candidacies: answers to an earlier one come too late. */
  #candidacy = 0;

  constructor(member: MemberCurrent) {
    this.#member = member;
    this.#rng = member.process.rng.fork('election');
    const votes = member.process.disk('last-vote').records as readonly LastVote[];
    this.#last = votes.at(-1) ?? { term: 0, node: '' };
    this.term = Math.max(this.#last.term, member.oplog.last.term);
  }

  term: number;

  /** A primary is there: the member may go on waiting. */
  postpone(): void {
    const { process, set, node } = this.#member;
    this.#timer?.cancel();
    if (set.priority(node) === 0) return;
    const offsetMs = this.#rng.int(0, Math.floor((set.electionTimeoutMs * OFFSET_PERCENT) / 100));
    this.#timer = process.after(set.electionTimeoutMs + offsetMs, () => {
      this.postpone();
      this.stand('hears of no primary');
    });
  }

  /** The primary `node` answers; where this member is to be preferred, it takes over. */
  consider(primary: string, applied: Optime): void {
    const { process, set, node, oplog } = this.#member;
    const higher = set.nodes.filter((one) => set.priority(one) > set.priority(node)).length;
    if (set.priority(node) <= set.priority(primary) || this.#takeover !== undefined) return;
    if (secondsOf(applied) - secondsOf(oplog.last) > TAKEOVER_S) return;
    this.#takeover = process.after(set.electionTimeoutMs * (higher + 1), () => {
      this.#takeover = undefined;
      if (this.#member.state === 'SECONDARY') this.stand(`has a higher priority than ${primary}`);
    });
  }

  /** Wants to be primary. */
  stand(why: string): void {
    const { process, state, set, node } = this.#member;
    if (state !== 'SECONDARY' || set.priority(node) === 0) return;
    process.say('election', `${why}: asks who would vote for it in term ${this.term + 1} (dry run)`);
    this.#askForVotes({ term: this.term, dryRun: true }, () => {
      const term = this.term + 1;
      this.#setTerm(term);
      this.#vote({ term, node });
      const candidacy = this.#candidacy;
      process.disk('last-vote').sync(() => {
        // It may have heard of a later term meanwhile, or gone back in its log.
        if (this.#member.state !== 'SECONDARY' || this.#candidacy !== candidacy) return;
        this.#askForVotes({ term, dryRun: false }, (votes) => this.#won(votes));
      });
    });
  }

  /** It is no candidate any more, if it was one. */
  withdraw(): void {
    this.#candidacy++;
  }

  /** Somebody is in a later term. @returns whether that is news. */
  hear(term: number): boolean {
    if (term <= this.term) return false;
    this.#setTerm(term);
    return true;
  }

  /** Answers a candidate; a vote is on the disk before it is given. */
  asked(request: VoteRequest, reply: (answer: VoteReply) => void): void {
    const { process } = this.#member;
    if (!request.dryRun) this.#member.hearTerm(request.term);
    const refusal = this.#refusal(request);
    const answer = { term: this.term, granted: refusal === undefined, why: refusal ?? '' };
    const kind = request.dryRun ? 'would vote' : 'votes';
    process.say('vote', `${kind} ${refusal === undefined ? 'yea' : 'no'} for ${request.node} in term ${request.term}`);
    if (refusal !== undefined || request.dryRun) {
      reply(answer);
      return;
    }
    this.#vote({ term: request.term, node: request.node });
    process.disk('last-vote').sync(() => reply(answer));
  }

  #refusal({ node, term, applied, dryRun }: VoteRequest): string | undefined {
    if (term < this.term) return `term ${term} is over`;
    const { oplog } = this.#member;
    if (compareOptimes(applied, oplog.last) < 0) return `it is behind: ${showOptime(oplog.last)} is newer`;
    if (!dryRun && this.#last.term === term && this.#last.node !== node) return `has voted for ${this.#last.node}`;
    return undefined;
  }

  #vote(vote: LastVote): void {
    assert(vote.term > this.#last.term || vote.node === this.#last.node, `${this.#member.node} votes once a term`);
    this.#last = vote;
    this.#member.process.disk('last-vote').append(vote);
  }

  #setTerm(term: number): void {
    this.term = term;
    this.#candidacy++;
  }

  #askForVotes(round: { readonly term: number; readonly dryRun: boolean }, won: (votes: number) => void): void {
    const { node, oplog, set, heartbeats, process } = this.#member;
    const candidacy = ++this.#candidacy;
    const request: VoteRequest = { do: 'request-votes', node, applied: oplog.last, ...round };
    let votes = 1;
    let over = false;
    const count = () => {
      if (over || votes < set.majority) return;
      over = true;
      won(votes);
    };
    for (const other of heartbeats.peers.keys()) {
      const answered = (answer: unknown, lost: Loss | undefined) => {
        if (lost !== undefined) return;
        const { term, granted, why } = answer as VoteReply;
        this.#member.hearTerm(term);
        if (candidacy !== this.#candidacy) return;
        if (!granted) process.say('election', `no vote from ${other}: ${why}`);
        if (granted) votes++;
        count();
      };
      heartbeats.connection(other).call(request, answered, set.electionTimeoutMs);
    }
    count();
  }

  #won(votes: number): void {
    const { node, process, set, state, oplog } = this.#member;
    if (state !== 'SECONDARY') return;
    assert(votes >= set.majority, `${node} is elected by a majority`);
    process.say(
      'elected',
      `${node} is primary of term ${this.term} by ${votes} of ${set.nodes.length} votes, with operations up to ${showOptime(oplog.last)}`,
    );
    this.#timer?.cancel();
    this.#member.becomePrimary();
  }
}
