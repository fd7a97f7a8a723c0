import type { Command, SentinelCommand } from '../protocol.ts';
import { MIN_LINK_RECONNECT_MS, PUBLISH_PERIOD_MS } from './periods.ts';
import type { Instance, SentinelState } from './state.ts';

/** Sends a command on the connection there is; an answer is heard as long as that is the connection. */
export function ask(instance: Instance, command: Command | SentinelCommand, done: (reply: unknown) => void): boolean {
  const { link } = instance;
  const connection = link.commands;
  if (connection === undefined) return false;
  link.pending++;
  connection.call(command, (reply, lost) => {
    if (link.commands !== connection || lost !== undefined) return;
    link.pending--;
    done(reply);
  });
  return true;
}

/**
 * Turns a server into a replica of `primary`, or into a primary, writes that to its file and cuts off its clients, so
 * that they ask again who is primary: one transaction (sentinelSendSlaveOf). The effect shows in its next INFO.
 */
export function sendReplicaOf(instance: Instance, primary: string | undefined): boolean {
  return ask(
    instance,
    {
      command: 'EXEC',
      commands: [
        { command: 'REPLICAOF', primary },
        { command: 'CONFIG REWRITE' },
        { command: 'CLIENT KILL', type: 'normal' },
        { command: 'CLIENT KILL', type: 'pubsub' },
      ],
    },
    () => {},
  );
}

/** Connections that have fallen silent are closed, to be opened anew (sentinelCheckSubjectivelyDown, 1 and 2). */
export function closeSilentLinks({ process, config }: SentinelState, instance: Instance): void {
  const { link } = instance;
  const now = process.wallMs();
  const silentMs = config.downAfterMs / 2;
  if (
    link.commands !== undefined &&
    now - link.commandsSince > MIN_LINK_RECONNECT_MS &&
    link.actPing !== 0 &&
    now - link.actPing > silentMs &&
    now - link.lastPong > silentMs
  )
    closeCommands(instance);
  if (
    link.channel !== undefined &&
    now - link.channelSince > MIN_LINK_RECONNECT_MS &&
    now - link.channelActivity > PUBLISH_PERIOD_MS * 3
  )
    closeChannel(instance);
}

export function isDisconnected({ kind, link }: Instance): boolean {
  return link.commands === undefined || (kind !== 'sentinel' && link.channel === undefined);
}

export function closeCommands({ link }: Instance): void {
  const connection = link.commands;
  link.commands = undefined;
  link.pending = 0;
  connection?.close();
}

export function closeChannel({ link }: Instance): void {
  const connection = link.channel;
  link.channel = undefined;
  connection?.close();
}
