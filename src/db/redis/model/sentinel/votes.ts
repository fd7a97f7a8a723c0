import { event } from './log.ts';
import { DESYNC_MS_MAX } from './periods.ts';
import { flush, learnEpoch } from './saved.ts';
import type { SentinelState } from './state.ts';

export interface Vote {
  /** Undefined after a start: the file keeps the epoch alone. */
  readonly leader: string | undefined;
  readonly epoch: number;
}

/**
 * Votes for `candidate`, unless it has voted in that epoch or a later one already (sentinelVoteLeader). `done` gets its
 * last vote when that is on the disk: a Sentinel that is started again must not vote twice in an epoch.
 */
export function voteLeader(
  state: SentinelState,
  epoch: number,
  candidate: string,
  done: (vote: Vote) => void = () => {},
): void {
  const { master } = state;
  learnEpoch(state, epoch);
  if (master.leaderEpoch < epoch && state.currentEpoch <= epoch) {
    master.leader = candidate;
    master.leaderEpoch = epoch;
    flush(state);
    event(state, '+vote-for-leader', `${candidate} ${epoch}`);
    // Who has voted for another leaves it time: the next attempt of its own comes after that.
    if (candidate !== state.process.node)
      master.failoverStartedAt = state.process.wallMs() + state.desync.int(0, DESYNC_MS_MAX - 1);
  }
  const vote = { leader: master.leader, epoch: master.leaderEpoch };
  const saved = () => {
    if (vote.leader !== undefined) state.config.witness.voted(vote.epoch, state.process.node, vote.leader);
    done(vote);
  };
  if (state.syncing === 0) saved();
  else state.disk.sync(saved);
}

/** Who has the votes of a majority of all Sentinels, and of the quorum; its own vote counts (sentinelGetLeader). */
export function leaderOf(state: SentinelState, epoch: number): string | undefined {
  const { master, config, process } = state;
  const votes = new Map<string, number>();
  const count = (leader: string) => votes.set(leader, (votes.get(leader) ?? 0) + 1);
  for (const { leader, leaderEpoch } of master.sentinels.values())
    if (leader !== undefined && leaderEpoch === state.currentEpoch) count(leader);
  voteLeader(state, epoch, mostVoted(votes) ?? process.node);
  if (master.leader !== undefined && master.leaderEpoch === epoch && state.syncing === 0) count(master.leader);
  const winner = mostVoted(votes);
  if (winner === undefined) return undefined;
  const majority = Math.floor((master.sentinels.size + 1) / 2) + 1;
  const reached = votes.get(winner) as number;
  if (reached < majority || reached < config.quorum) return undefined;
  // Votes of a later epoch may have been counted here, as sentinel.c does; then two leaders may have one epoch.
  if (state.currentEpoch === epoch) config.witness.elected(epoch, winner);
  return winner;
}

function mostVoted(votes: ReadonlyMap<string, number>): string | undefined {
  let winner: string | undefined;
  for (const [candidate, count] of votes) if (count > (votes.get(winner ?? '') ?? 0)) winner = candidate;
  return winner;
}
