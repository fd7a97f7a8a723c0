/** The two configuration files of a node, as text: riak.conf (Riak 2.0 and later) and advanced.config, as Riak documents them. */
import { durationMs } from '../../base/units.ts';
import type { RiakSettings } from './settings.ts';

export const HTTP_PORT = 8098;
const PROTOBUF_PORT = 8087;

/** How Erlang calls the Riak at that address. */
export const nodeName = (address: string) => `riak@${address}`;

/**
 * What is not here is as Riak's packages have it. The defaults of all buckets are those of the bucket without a type; a bucket type's
 * are given when it is created (`bucketProps`). Quorums come with each request.
 */
export function riakConf(address: string, settings: RiakSettings): string {
  const { ring_size, net_ticktime, n_val, allow_mult, last_write_wins } = settings;
  const lines: Record<string, string | number | boolean> = {
    nodename: nodeName(address),
    distributed_cookie: 'plan-run',
    'listener.http.internal': `${address}:${HTTP_PORT}`,
    'listener.protobuf.internal': `${address}:${PROTOBUF_PORT}`,
    'handoff.ip': address,
    ring_size,
    storage_backend: 'bitcask',
    'erlang.distribution.net_ticktime': durationMs(net_ticktime) / 1_000,
    'buckets.default.n_val': n_val,
    'buckets.default.allow_mult': allow_mult,
    'buckets.default.last_write_wins': last_write_wins,
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/** What riak.conf has no name for: settings of riak_core, in milliseconds. */
export function advancedConfig(settings: RiakSettings): string {
  const terms = (['gossip_interval', 'vnode_management_timer', 'vnode_inactivity_timeout'] as const).map(
    (name) => `{${name}, ${Math.ceil(durationMs(settings[name]))}}`,
  );
  return `[{riak_core, [${terms.join(', ')}]}].\n`;
}

/** For `bucket-type create`: without a blank, for Riak 3's scripts lose the quotes around it. */
export function bucketProps({ n_val, allow_mult, last_write_wins, data_type }: RiakSettings): string {
  const datatype = data_type === 'object' ? {} : { datatype: data_type };
  return JSON.stringify({ props: { n_val, allow_mult, last_write_wins, ...datatype } });
}
