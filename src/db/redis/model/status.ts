import { REDIS_PORT } from '../config.ts';
import type { NodeStatus, RedisStatus, SentinelEntry } from '../status.ts';
import { isDisconnected } from './sentinel/ask.ts';
import type { Sentinel } from './sentinel/sentinel.ts';
import type { Instance, Master } from './sentinel/state.ts';
import type { RedisServer } from './server.ts';

/** What `redis-cli` would show on a node: nothing of a process that is stopped or dead. */
export function statusOf(node: string, server: RedisServer | undefined, sentinel: Sentinel | undefined): NodeStatus {
  return {
    node,
    address: node,
    redis: server?.process.state === 'running' ? redisStatus(server) : undefined,
    sentinel: sentinel?.process.state === 'running' ? sentinelStatus(sentinel.master) : undefined,
  };
}

function redisStatus(server: RedisServer): RedisStatus {
  const { role, loading, replicas, primary, linkUp, syncInProgress } = server.info();
  const fields: [string, string][] = [
    ['role', role],
    ['loading', loading ? '1' : '0'],
    ...replicas.map(({ node, state, offset }, index): [string, string] => [
      `slave${index}`,
      `ip=${node},port=${REDIS_PORT},state=${state},offset=${offset}`,
    ]),
  ];
  if (primary !== undefined)
    fields.push(
      ['master_host', primary],
      ['master_link_status', linkUp ? 'up' : 'down'],
      ['master_sync_in_progress', syncInProgress ? '1' : '0'],
    );
  return new Map(fields);
}

function sentinelStatus(master: Master): SentinelEntry[] {
  const flags = [
    ...(master.objectivelyDown ? ['o_down'] : []),
    ...(master.failover === 'none' ? [] : ['failover_in_progress']),
  ];
  return [
    entryOf(master, flags),
    ...[...master.replicas.values(), ...master.sentinels.values()].map((one) => entryOf(one, [])),
  ];
}

function entryOf(instance: Instance, more: readonly string[]): SentinelEntry {
  const { kind, node, down } = instance;
  const flags = [...(down ? ['s_down'] : []), ...more, kind, ...(isDisconnected(instance) ? ['disconnected'] : [])];
  return new Map([
    ['ip', node],
    ['flags', flags.join(',')],
  ]);
}
