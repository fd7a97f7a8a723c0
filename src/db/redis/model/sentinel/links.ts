/** Connections to the others, and what a Sentinel asks them again and again: PING, INFO, hello (sentinel.c, "hiredis connection handling" and "Redis instances pinging"). */
import type { Command, Message, SentinelCommand } from '../protocol.ts';
import { ask, isDisconnected } from './ask.ts';
import { processHello, sendHello } from './gossip.ts';
import { refreshInfo } from './info.ts';
import { INFO_PERIOD_MS, PENDING_MAX, PING_PERIOD_MS, PUBLISH_PERIOD_MS } from './periods.ts';
import type { Instance, SentinelState, Server } from './state.ts';

const FAST_INFO_PERIOD_MS = 1_000;

/** sentinelReconnectInstance */
export function reconnect(state: SentinelState, instance: Instance): void {
  const { link, node, port, kind } = instance;
  const { process } = state;
  const now = process.wallMs();
  if (!isDisconnected(instance) || now - link.lastReconnect < PING_PERIOD_MS) return;
  link.lastReconnect = now;
  if (link.commands === undefined) {
    const connection = process.connect(node, port, {
      ended: () => {
        if (link.commands === connection) link.commands = undefined;
      },
    });
    link.commands = connection;
    link.commandsSince = now;
    link.pending = 0;
    ping(state, instance);
  }
  if (kind !== 'sentinel' && link.channel === undefined) subscribe(state, instance, now);
}

function subscribe(state: SentinelState, { link, node, port }: Instance, now: number): void {
  const { process } = state;
  const connection = process.connect(node, port, {
    message: (message) => {
      if (link.channel !== connection) return;
      link.channelActivity = process.wallMs();
      const { hello } = message as Extract<Message, { kind: 'hello' }>;
      if (hello.sentinel !== process.node) processHello(state, hello);
    },
    ended: () => {
      if (link.channel === connection) link.channel = undefined;
    },
  });
  link.channel = connection;
  link.channelSince = now;
  connection.send({ kind: 'subscribe' } satisfies Message);
}

/** sentinelSendPeriodicCommands */
export function sendPeriodicCommands(state: SentinelState, instance: Instance): void {
  const { link, kind } = instance;
  if (isDisconnected(instance) || link.pending >= PENDING_MAX) return;
  const now = state.process.wallMs();
  if (kind !== 'sentinel') {
    const server = instance as Server;
    if (server.infoRefresh === 0 || now - server.infoRefresh > infoPeriodMs(state, server))
      ask(instance, { command: 'INFO' } satisfies Command, (info) => refreshInfo(state, server, info));
  }
  const pingPeriodMs = Math.min(state.config.downAfterMs, PING_PERIOD_MS);
  if (now - link.lastPong > pingPeriodMs && now - link.lastPing > pingPeriodMs / 2) ping(state, instance);
  if (now - instance.lastPublish > PUBLISH_PERIOD_MS) sendHello(state, instance);
}

/** Replicas are watched closely while they may be promoted, or have no primary. */
function infoPeriodMs({ master }: SentinelState, { kind, linkDownMs }: Server): number {
  if (kind === 'slave' && (master.objectivelyDown || master.failover !== 'none' || linkDownMs !== 0))
    return FAST_INFO_PERIOD_MS;
  return INFO_PERIOD_MS;
}

/** sentinelSendPing, sentinelPingReplyCallback */
function ping({ process }: SentinelState, instance: Instance): void {
  const { link } = instance;
  link.lastPing = process.wallMs();
  if (link.actPing === 0) link.actPing = link.lastPing;
  ask(instance, { command: 'PING' } satisfies SentinelCommand, () => {
    // PONG, LOADING and MASTERDOWN are signs of life; the model's servers answer with nothing else.
    const now = process.wallMs();
    link.lastAvailable = now;
    link.lastPong = now;
    link.actPing = 0;
  });
}
