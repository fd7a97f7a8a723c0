import { describe, expect, test } from 'vitest';
import { makeRng } from '../../../../src/base/rng.ts';
import type { Disk, SimProcess } from '../../../../src/contract/index.ts';
import { makeState } from '../../../../src/db/redis/model/sentinel/make-state.ts';
import { compareForPromotion, selectReplica } from '../../../../src/db/redis/model/sentinel/selection.ts';
import type { SentinelState, Server } from '../../../../src/db/redis/model/sentinel/state.ts';
import { leaderOf, voteLeader } from '../../../../src/db/redis/model/sentinel/votes.ts';
import { Witness } from '../../../../src/db/redis/model/sentinel/witness.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const NOW = 1_000_000;

/** A disk that is as fast as one may wish. */
function disk(): Disk {
  const records: unknown[] = [];
  return {
    records,
    append: (record) => void records.push(record),
    truncate: (count) => void records.splice(count),
    sync: (done) => done(),
  };
}

/** A Sentinel on n3 of five, before it has heard anything. */
function sentinel(file = disk(), quorum = 3): SentinelState {
  const process = { node: 'n3', rng: makeRng(1), disk: () => file, wallMs: () => NOW, say() {} };
  const config = { nodes: NODES, quorum, downAfterMs: 2_000, failoverTimeoutMs: 10_000, parallelSyncs: 1 };
  return makeState(process as unknown as SimProcess, { ...config, witness: new Witness(NODES.length, quorum) });
}

function vote(state: SentinelState, epoch: number, candidate: string) {
  let given: unknown;
  voteLeader(state, epoch, candidate, (vote) => {
    given = vote;
  });
  return given;
}

function hears(state: SentinelState, epoch: number, votes: Record<string, string>): void {
  for (const [node, leader] of Object.entries(votes))
    Object.assign(state.master.sentinels.get(node)!, { leader, leaderEpoch: epoch });
  for (const [node, leader] of Object.entries(votes)) state.config.witness.voted(epoch, node, leader);
}

describe('a vote', () => {
  test('is given once in an epoch, to whoever asks first', () => {
    const state = sentinel();
    expect(vote(state, 1, 'n5')).toEqual({ leader: 'n5', epoch: 1 });
    expect(vote(state, 1, 'n4')).toEqual({ leader: 'n5', epoch: 1 });
    expect(vote(state, 2, 'n4')).toEqual({ leader: 'n4', epoch: 2 });
    expect(vote(state, 1, 'n5')).toEqual({ leader: 'n4', epoch: 2 });
    expect(state.currentEpoch).toBe(2);
  });

  test('is not given again after a start', () => {
    const file = disk();
    vote(sentinel(file), 1, 'n5');
    // Redis keeps the epoch of the vote, not for whom it was.
    expect(vote(sentinel(file), 1, 'n4')).toEqual({ leader: undefined, epoch: 1 });
  });

  test('for another puts the own attempt off; for oneself it does not', () => {
    const state = sentinel();
    vote(state, 1, 'n3');
    expect(state.master.failoverStartedAt).toBe(0);
    vote(state, 2, 'n4');
    expect(state.master.failoverStartedAt).toBeGreaterThanOrEqual(NOW);
    expect(state.master.failoverStartedAt).toBeLessThan(NOW + 1_000);
  });
});

describe('a leader', () => {
  test('has a majority of all Sentinels, those that are silent too', () => {
    const state = sentinel(disk(), 2);
    state.currentEpoch = 1;
    hears(state, 1, { n4: 'n3' });
    expect(leaderOf(state, 1)).toBeUndefined();
    hears(state, 1, { n5: 'n3' });
    expect(leaderOf(state, 1)).toBe('n3');
  });

  test('has the quorum, where that is more', () => {
    const state = sentinel(disk(), 4);
    state.currentEpoch = 1;
    hears(state, 1, { n4: 'n3', n5: 'n3' });
    expect(leaderOf(state, 1)).toBeUndefined();
    hears(state, 1, { n1: 'n3' });
    expect(leaderOf(state, 1)).toBe('n3');
  });

  test('is not made by votes of an earlier epoch', () => {
    const state = sentinel();
    state.currentEpoch = 2;
    hears(state, 1, { n1: 'n3', n2: 'n3', n4: 'n3' });
    expect(leaderOf(state, 2)).toBeUndefined();
  });
});

describe('the witness', () => {
  test('stops a run with two votes of one Sentinel, two leaders, or too few votes', () => {
    const witness = new Witness(3, 1);
    witness.voted(1, 'n1', 'n1');
    expect(() => witness.voted(1, 'n1', 'n2')).toThrow(/n1 votes once in epoch 1/);
    expect(() => witness.elected(1, 'n1')).toThrow(/by 2 votes, not 1/);
    witness.voted(1, 'n2', 'n1');
    expect(() => witness.elected(1, 'n2')).toThrow(/one leader in epoch 1/);
  });
});

describe('the replica to promote', () => {
  const replica = (node: string, change: Partial<Server> & { offset?: number } = {}): Server => {
    const { offset = 100, ...rest } = change;
    const made = structuredClone(sentinel().master.replicas.get(node)) as Server;
    const connection = {} as NonNullable<Server['link']['commands']>;
    Object.assign(made.link, { commands: connection, channel: connection });
    return Object.assign(made, { infoRefresh: NOW, runId: node, info: { replOffset: offset } }, rest);
  };
  const select = (...replicas: Server[]) => {
    const { master } = sentinel();
    Object.assign(master, { down: true, downSince: NOW - 500 });
    master.replicas = new Map(replicas.map((one) => [one.node, one]));
    return selectReplica(master, 2_000, NOW)?.node;
  };

  test('has most of the data, and of equals the lowest run ID', () => {
    expect(select(replica('n2', { offset: 5 }), replica('n4', { offset: 7 }), replica('n5', { offset: 6 }))).toBe('n4');
    expect(select(replica('n2', { runId: 'c' }), replica('n4', { runId: 'a' }), replica('n5', { runId: 'b' }))).toBe(
      'n4',
    );
    expect(compareForPromotion(replica('n2', { runId: undefined }), replica('n4'))).toBe(1);
  });

  test('is up, connected, heard of lately, and has not been without its primary for long', () => {
    const best = replica('n2', { offset: 9 });
    const other = replica('n4', { offset: 1 });
    expect(select(best, other)).toBe('n2');
    expect(select({ ...best, down: true }, other)).toBe('n4');
    expect(select({ ...best, link: { ...best.link, channel: undefined } }, other)).toBe('n4');
    expect(select({ ...best, link: { ...best.link, lastAvailable: NOW - 5_001 } }, other)).toBe('n4');
    expect(select({ ...best, infoRefresh: NOW - 5_001 }, other)).toBe('n4');
    expect(select({ ...best, linkDownMs: 20_501 }, other)).toBe('n4');
    expect(select({ ...best, linkDownMs: 20_500 }, other)).toBe('n2');
    expect(select({ ...other, down: true })).toBeUndefined();
  });
});
