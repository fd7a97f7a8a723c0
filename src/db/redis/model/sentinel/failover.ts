/** The failover, a state a tick (sentinel.c, "Failover state machine implementation"). */
import { isDisconnected, sendReplicaOf } from './ask.ts';
import { event, words } from './log.ts';
import { DESYNC_MS_MAX, ELECTION_TIMEOUT_MS, RECONF_TIMEOUT_MS } from './periods.ts';
import { selectReplica } from './selection.ts';
import type { FailoverState, SentinelState, Server } from './state.ts';
import { leaderOf } from './votes.ts';

/** sentinelStartFailoverIfNeeded: not again before twice failover-timeout, counted from one's own vote for another, too. */
export function startFailoverIfNeeded(state: SentinelState): boolean {
  const { master, process, config, desync } = state;
  const now = process.wallMs();
  if (!master.objectivelyDown || master.failover !== 'none') return false;
  if (now - master.failoverStartedAt < config.failoverTimeoutMs * 2) return false;
  master.failoverEpoch = ++state.currentEpoch;
  event(state, '+new-epoch', String(state.currentEpoch));
  event(state, '+try-failover', words(master, master));
  master.failoverStartedAt = now + desync.int(0, DESYNC_MS_MAX - 1);
  enter(state, 'wait_start');
  return true;
}

export function continueFailover(state: SentinelState): void {
  STEPS[state.master.failover]?.(state);
}

const STEPS: Partial<Record<FailoverState, (state: SentinelState) => void>> = {
  wait_start: waitStart,
  select_slave: selectSlave,
  send_slaveof_noone: sendSlaveOfNoOne,
  // The promoted one's INFO ends it; here it only comes to nothing.
  wait_promotion: abortIfLate,
  reconf_slaves: reconfigureReplicas,
};

function waitStart(state: SentinelState): void {
  const { master, process, config } = state;
  if (leaderOf(state, master.failoverEpoch) === process.node) {
    event(state, '+elected-leader', words(master, master));
    event(state, '+failover-state-select-slave', words(master, master));
    enter(state, 'select_slave');
    return;
  }
  const timeoutMs = Math.min(ELECTION_TIMEOUT_MS, config.failoverTimeoutMs);
  if (process.wallMs() - master.failoverStartedAt > timeoutMs) abort(state, '-failover-abort-not-elected');
}

function selectSlave(state: SentinelState): void {
  const { master, config, process } = state;
  const replica = selectReplica(master, config.downAfterMs, process.wallMs());
  if (replica === undefined) {
    abort(state, '-failover-abort-no-good-slave');
    return;
  }
  event(state, '+selected-slave', words(replica, master));
  master.promoted = replica;
  event(state, '+failover-state-send-slaveof-noone', words(replica, master));
  enter(state, 'send_slaveof_noone');
}

function sendSlaveOfNoOne(state: SentinelState): void {
  const promoted = state.master.promoted as Server;
  if (isDisconnected(promoted) || !sendReplicaOf(promoted, undefined)) {
    abortIfLate(state);
    return;
  }
  event(state, '+failover-state-wait-promotion', words(promoted, state.master));
  enter(state, 'wait_promotion');
}

/** sentinelFailoverReconfNextSlave: so many at once as parallel-syncs says. */
function reconfigureReplicas(state: SentinelState): void {
  const { master, config, process } = state;
  const now = process.wallMs();
  let underWay = 0;
  for (const { reconf } of master.replicas.values()) if (reconf === 'sent' || reconf === 'in-progress') underWay++;
  for (const replica of master.replicas.values()) {
    if (underWay >= config.parallelSyncs) break;
    if (replica === master.promoted) continue;
    if (replica.reconf === 'sent' && now - replica.reconfSentAt > RECONF_TIMEOUT_MS) {
      event(state, '-slave-reconf-sent-timeout', words(replica, master));
      replica.reconf = 'done';
    }
    if (replica.reconf !== 'none' || isDisconnected(replica)) continue;
    sendReplicaOf(replica, (master.promoted as Server).node);
    replica.reconf = 'sent';
    replica.reconfSentAt = now;
    event(state, '+slave-reconf-sent', words(replica, master));
    underWay++;
  }
  detectEnd(state, now);
}

/** sentinelFailoverDetectEnd: when all that are up follow the new primary, or time is over. */
function detectEnd(state: SentinelState, now: number): void {
  const { master, config } = state;
  const promoted = master.promoted as Server;
  if (promoted.down) return;
  const others = [...master.replicas.values()].filter((replica) => replica !== promoted);
  const late = now - master.failoverChangedAt > config.failoverTimeoutMs;
  if (!late && others.some(({ reconf, down }) => reconf !== 'done' && !down)) return;
  if (late) event(state, '+failover-end-for-timeout', words(master, master));
  event(state, '+failover-end', words(master, master));
  enter(state, 'update_config');
  if (!late) return;
  for (const replica of others) {
    if (replica.reconf === 'done' || replica.reconf === 'sent' || isDisconnected(replica)) continue;
    sendReplicaOf(replica, promoted.node);
    event(state, '+slave-reconf-sent-be', words(replica, master));
  }
}

function abortIfLate(state: SentinelState): void {
  const { master, process, config } = state;
  if (process.wallMs() - master.failoverChangedAt > config.failoverTimeoutMs)
    abort(state, '-failover-abort-slave-timeout');
}

/** sentinelAbortFailover */
function abort(state: SentinelState, why: `-${string}`): void {
  const { master } = state;
  event(state, why, words(master, master));
  master.promoted = undefined;
  enter(state, 'none');
}

function enter({ master, process }: SentinelState, failover: FailoverState): void {
  master.failover = failover;
  master.failoverChangedAt = process.wallMs();
}
