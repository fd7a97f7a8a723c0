/** Hello messages: each Sentinel tells every server's channel and every Sentinel who is primary, and since which epoch. */
import type { Hello } from '../protocol.ts';
import { ask, isDisconnected } from './ask.ts';
import { event, words } from './log.ts';
import { switchMaster } from './make-state.ts';
import { PUBLISH_PERIOD_MS } from './periods.ts';
import { currentPrimary, learnEpoch } from './saved.ts';
import type { Instance, SentinelState } from './state.ts';

/** sentinelSendHello */
export function sendHello({ process, master, currentEpoch }: SentinelState, instance: Instance): void {
  if (isDisconnected(instance)) return;
  const { configEpoch } = master;
  const hello: Hello = { sentinel: process.node, currentEpoch, primary: currentPrimary(master), configEpoch };
  ask(instance, { command: 'PUBLISH', hello }, () => {
    instance.lastPublish = process.wallMs();
  });
}

/** Everybody shall hear of it at the next tick (sentinelForceHelloUpdateForMaster). */
export function forceHello({ master }: SentinelState): void {
  for (const instance of [master, ...master.sentinels.values(), ...master.replicas.values()])
    instance.lastPublish -= PUBLISH_PERIOD_MS + 1;
}

/** The configuration with the highest epoch wins (sentinelProcessHelloMessage). */
export function processHello(state: SentinelState, hello: Hello): void {
  const { master } = state;
  const from = master.sentinels.get(hello.sentinel);
  if (from === undefined) return;
  learnEpoch(state, hello.currentEpoch);
  if (master.configEpoch >= hello.configEpoch) return;
  master.configEpoch = hello.configEpoch;
  if (hello.primary === master.node) return;
  event(state, '+config-update-from', words(from, master));
  switchMaster(state, hello.primary);
}
