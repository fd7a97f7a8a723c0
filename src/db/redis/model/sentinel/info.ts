import { type Info, isRefusal } from '../protocol.ts';
import { sendReplicaOf } from './ask.ts';
import { forceHello } from './gossip.ts';
import { event, words } from './log.ts';
import { INFO_PERIOD_MS, PUBLISH_PERIOD_MS } from './periods.ts';
import { flush } from './saved.ts';
import type { Master, SentinelState, Server } from './state.ts';

/** What a server says of itself, and what follows from that (sentinelRefreshInstanceInfo). */
export function refreshInfo(state: SentinelState, server: Server, reply: unknown): void {
  if (isRefusal(reply)) return;
  const info = reply as Info;
  const now = state.process.wallMs();
  const { master } = state;
  if (server.runId !== undefined && server.runId !== info.runId) event(state, '+reboot', words(server, master));
  server.runId = info.runId;
  server.linkDownMs = info.linkDownS * 1_000;
  if (info.role === 'slave' && info.primary !== server.info?.primary) server.followsChangedAt = now;
  server.info = info;
  server.infoRefresh = now;
  if (info.role !== server.roleReported) {
    server.roleReported = info.role;
    server.roleReportedAt = now;
    if (info.role === 'slave') server.followsChangedAt = now;
    event(
      state,
      server.kind === info.role ? '+role-change' : '-role-change',
      `${words(server, master)} new reported role is ${info.role}`,
    );
  }
  if (state.tiltSince !== 0 || server.kind === 'master') return;
  if (info.role === 'master') turnedPrimary(state, server, now);
  else stillReplica(state, server, info, now);
}

function turnedPrimary(state: SentinelState, server: Server, now: number): void {
  const { master } = state;
  if (server === master.promoted) {
    if (master.failover !== 'wait_promotion') return;
    // The epoch of the election: it makes the others take over this configuration.
    master.configEpoch = master.failoverEpoch;
    master.failover = 'reconf_slaves';
    master.failoverChangedAt = now;
    flush(state);
    event(state, '+promoted-slave', words(server, master));
    event(state, '+failover-state-reconf-slaves', words(master, master));
    forceHello(state);
    return;
  }
  // An old primary is back. It is left alone for a while, for this Sentinel itself may be the one behind.
  const waitMs = PUBLISH_PERIOD_MS * 4;
  if (!looksSane(master, now) || !noDownFor(server, waitMs, now) || now - server.roleReportedAt <= waitMs) return;
  if (sendReplicaOf(server, master.node)) event(state, '+convert-to-slave', words(server, master));
}

function stillReplica(state: SentinelState, server: Server, info: Info, now: number): void {
  const { master, config } = state;
  if (info.primary !== master.node) {
    const waitMs = config.failoverTimeoutMs;
    if (looksSane(master, now) && noDownFor(server, waitMs, now) && now - server.followsChangedAt > waitMs)
      if (sendReplicaOf(server, master.node)) event(state, '+fix-slave-config', words(server, master));
  }
  if (server.reconf === 'sent' && info.primary === master.promoted?.node) {
    server.reconf = 'in-progress';
    event(state, '+slave-reconf-inprog', words(server, master));
  }
  if (server.reconf === 'in-progress' && info.linkUp) {
    server.reconf = 'done';
    event(state, '+slave-reconf-done', words(server, master));
  }
}

/** sentinelMasterLooksSane */
function looksSane({ roleReported, down, objectivelyDown, infoRefresh }: Master, now: number): boolean {
  return roleReported === 'master' && !down && !objectivelyDown && now - infoRefresh < INFO_PERIOD_MS * 2;
}

/** sentinelRedisInstanceNoDownFor */
function noDownFor({ downSince }: Server, ms: number, now: number): boolean {
  return downSince === 0 || now - downSince > ms;
}
