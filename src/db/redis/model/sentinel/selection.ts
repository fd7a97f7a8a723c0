import { isDisconnected } from './ask.ts';
import { INFO_PERIOD_MS, PING_PERIOD_MS } from './periods.ts';
import type { Master, Server } from './state.ts';

/** The replica to promote: who is up and fresh, by most data (all have one priority), and lowest run ID (sentinelSelectSlave). */
export function selectReplica(master: Master, downAfterMs: number, now: number): Server | undefined {
  const downMs = (master.down ? now - master.downSince : 0) + downAfterMs * 10;
  const infoMs = master.down ? PING_PERIOD_MS * 5 : INFO_PERIOD_MS * 3;
  const suitable = [...master.replicas.values()].filter(
    (replica) =>
      !replica.down &&
      !isDisconnected(replica) &&
      now - replica.link.lastAvailable <= PING_PERIOD_MS * 5 &&
      now - replica.infoRefresh <= infoMs &&
      replica.linkDownMs <= downMs,
  );
  return suitable.sort(compareForPromotion)[0];
}

/** compareSlavesForPromotion */
export function compareForPromotion(a: Server, b: Server): number {
  const [offsetA, offsetB] = [a.info?.replOffset ?? 0, b.info?.replOffset ?? 0];
  if (offsetA !== offsetB) return offsetB - offsetA;
  if (a.runId === b.runId) return 0;
  if (a.runId === undefined) return 1;
  if (b.runId === undefined) return -1;
  return a.runId < b.runId ? -1 : 1;
}
