/** The two configuration files of a node, as text: redis.conf(5) and sentinel.conf as Redis documents them. */
import { createHash } from 'node:crypto';
import { durationMs } from '../../base/units.ts';
import type { RedisSettings } from './settings.ts';

export const REDIS_PORT = 6379;
export const SENTINEL_PORT = 26379;
/** What the Sentinels call the primary and its replicas. */
export const PRIMARY_NAME = 'main';

/** A node as the files need it; the first one begins as primary. */
export interface Member {
  readonly name: string;
  readonly address: string;
}

/**
 * `dir` must exist; `first` is the node that begins as primary. Addresses are announced as they are given, so
 * that Sentinels and replicas speak of a node by one name wherever its packets seem to come from.
 */
export function redisConf(member: Member, first: Member, dir: string, settings: RedisSettings): string {
  const lines = [
    `bind ${member.address}`,
    `port ${REDIS_PORT}`,
    'protected-mode no',
    `dir ${dir}`,
    `replica-announce-ip ${member.address}`,
    // By disk, as was the default until Redis 7. By socket, a primary waits five seconds for more replicas, and calls
    // a replica online up to a second before it sends it any command, so that a WAIT would be in vain.
    'repl-diskless-sync no',
    `min-replicas-to-write ${settings.min_replicas_to_write}`,
    `min-replicas-max-lag ${settings.min_replicas_max_lag}`,
    `appendonly ${settings.appendonly ? 'yes' : 'no'}`,
  ];
  if (member !== first) lines.push(`replicaof ${first.address} ${REDIS_PORT}`);
  if (settings.password !== undefined)
    lines.push(`requirepass ${quoted(settings.password)}`, `masterauth ${quoted(settings.password)}`);
  return `${lines.join('\n')}\n`;
}

/**
 * The file of a Sentinel that already knows everyone, as it would write it itself once it had found them: left
 * to find them it may take ten seconds (it asks the primary for its replicas so often).
 */
export function sentinelConf(member: Member, members: readonly Member[], dir: string, settings: RedisSettings): string {
  const first = members[0] as Member;
  const quorum = settings.quorum ?? Math.floor(members.length / 2) + 1;
  const lines = [
    `bind ${member.address}`,
    `port ${SENTINEL_PORT}`,
    'protected-mode no',
    `dir ${dir}`,
    `sentinel announce-ip ${member.address}`,
    `sentinel myid ${sentinelId(member)}`,
    `sentinel monitor ${PRIMARY_NAME} ${first.address} ${REDIS_PORT} ${quorum}`,
    `sentinel down-after-milliseconds ${PRIMARY_NAME} ${Math.round(durationMs(settings.down_after))}`,
    `sentinel parallel-syncs ${PRIMARY_NAME} ${settings.parallel_syncs}`,
    `sentinel failover-timeout ${PRIMARY_NAME} ${Math.round(durationMs(settings.failover_timeout))}`,
  ];
  if (settings.password !== undefined) lines.push(`sentinel auth-pass ${PRIMARY_NAME} ${quoted(settings.password)}`);
  for (const other of members) {
    if (other !== first) lines.push(`sentinel known-replica ${PRIMARY_NAME} ${other.address} ${REDIS_PORT}`);
    if (other !== member)
      lines.push(`sentinel known-sentinel ${PRIMARY_NAME} ${other.address} ${SENTINEL_PORT} ${sentinelId(other)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Forty hexadecimal digits, a Sentinel's own for as long as it lives. */
function sentinelId({ name, address }: Member): string {
  return createHash('sha1').update(`${name} ${address}`).digest('hex');
}

/** As Redis reads an argument with blanks, quotes or control characters in it (sds.c, sdssplitargs). */
export function quoted(text: string): string {
  const escaped = text.replace(/[\\"]/g, '\\$&');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a newline would begin another directive
  return `"${escaped.replace(/[\u0000-\u001f\u007f]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;
}
