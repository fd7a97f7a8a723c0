/** What a Sentinel keeps in sentinel.conf, and the epochs that go into it. */
import { event } from './log.ts';
import type { Master, SavedConfig, SentinelState } from './state.ts';

/** Where clients and other Sentinels are sent: the promoted one as soon as it is that (sentinelGetCurrentMasterAddress). */
export function currentPrimary({ failover, promoted, node }: Master): string {
  return promoted !== undefined && (failover === 'reconf_slaves' || failover === 'update_config')
    ? promoted.node
    : node;
}

/** Writes sentinel.conf and syncs it (sentinelFlushConfig). */
export function flush(state: SentinelState): void {
  const { disk, master, currentEpoch } = state;
  const { configEpoch, leaderEpoch } = master;
  disk.append({ primary: currentPrimary(master), currentEpoch, configEpoch, leaderEpoch } satisfies SavedConfig);
  state.syncing++;
  disk.sync(() => {
    state.syncing--;
  });
}

/** A higher epoch, from whoever knows it. */
export function learnEpoch(state: SentinelState, epoch: number): void {
  if (epoch <= state.currentEpoch) return;
  state.currentEpoch = epoch;
  flush(state);
  event(state, '+new-epoch', String(epoch));
}
