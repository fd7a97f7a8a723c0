/** Who is down: in this Sentinel's own view (SDOWN), and in that of enough of them (ODOWN). */
import type { MasterDownReply } from '../protocol.ts';
import { ask, closeSilentLinks, isDisconnected } from './ask.ts';
import { event, words } from './log.ts';
import { ASK_PERIOD_MS, INFO_PERIOD_MS } from './periods.ts';
import type { Instance, OtherSentinel, SentinelState, Server } from './state.ts';

/** sentinelCheckSubjectivelyDown */
export function checkSubjectivelyDown(state: SentinelState, instance: Instance): void {
  const { link } = instance;
  const now = state.process.wallMs();
  let elapsedMs = 0;
  if (link.actPing !== 0) elapsedMs = now - link.actPing;
  else if (isDisconnected(instance)) elapsedMs = now - link.lastAvailable;
  closeSilentLinks(state, instance);
  const down = elapsedMs > state.config.downAfterMs || (instance.kind === 'master' && deniesIt(state, instance, now));
  if (down === instance.down) return;
  instance.down = down;
  if (down) instance.downSince = now;
  event(state, down ? '+sdown' : '-sdown', words(instance, state.master));
}

/** A primary that has called itself a replica for long enough is none. */
function deniesIt({ config }: SentinelState, instance: Instance, now: number): boolean {
  const { roleReported, roleReportedAt } = instance as Server;
  return roleReported === 'slave' && now - roleReportedAt > config.downAfterMs + INFO_PERIOD_MS * 2;
}

/** sentinelCheckObjectivelyDown */
export function checkObjectivelyDown(state: SentinelState): void {
  const { master, config } = state;
  let agree = 0;
  if (master.down) {
    agree = 1;
    for (const { masterDown } of master.sentinels.values()) if (masterDown) agree++;
  }
  const down = agree >= config.quorum;
  if (down === master.objectivelyDown) return;
  master.objectivelyDown = down;
  event(
    state,
    down ? '+odown' : '-odown',
    `${words(master, master)}${down ? ` #quorum ${agree}/${config.quorum}` : ''}`,
  );
}

/** sentinelAskMasterStateToOtherSentinels: their opinion, and in a failover their vote. */
export function askOthers(state: SentinelState, forced: boolean): void {
  const { master, process, currentEpoch: epoch } = state;
  const candidate = master.failover === 'none' ? '*' : process.node;
  for (const other of master.sentinels.values()) {
    const sinceMs = process.wallMs() - other.masterDownReplyAt;
    if (sinceMs > ASK_PERIOD_MS * 5) {
      other.masterDown = false;
      other.leader = undefined;
    }
    if (!master.down || isDisconnected(other) || (!forced && sinceMs < ASK_PERIOD_MS)) continue;
    ask(other, { command: 'IS-MASTER-DOWN-BY-ADDR', node: master.node, epoch, candidate }, (reply) =>
      answered(state, other, reply as MasterDownReply),
    );
  }
}

/** sentinelReceiveIsMasterDownReply */
function answered(
  { process }: SentinelState,
  other: OtherSentinel,
  { down, leader, leaderEpoch }: MasterDownReply,
): void {
  other.masterDownReplyAt = process.wallMs();
  other.masterDown = down;
  if (leader === '*') return;
  if (leaderEpoch !== other.leaderEpoch) process.say('vote', `${other.node} voted for ${leader} ${leaderEpoch}`);
  other.leader = leader;
  other.leaderEpoch = leaderEpoch;
}
