import { durationMs } from '../../base/units.ts';
import type { Client, Cluster, Daemon, DeployContext, Node, Seat } from '../../contract/index.ts';
import { DaemonCluster } from '../daemon-cluster.ts';
import { requireVersion } from '../version.ts';
import { PRIMARY_NAME, REDIS_PORT, redisConf, SENTINEL_PORT, sentinelConf } from './config.ts';
import { missing } from './ready.ts';
import { type RedisSettings, runsSentinel } from './settings.ts';
import { redisStatus, statusOf } from './status.ts';

const VERSION = /\bv=(\d+(?:\.\d+)*)/;

/**
 * Starts a Redis on every node, all following the first, and then a Sentinel on every node.
 * @throws PlanRunError `unavailable` where another version is installed; what the nodes' commands throw.
 */
export async function deploy(context: DeployContext<RedisSettings>): Promise<Cluster> {
  const { nodes, settings } = context;
  const first = nodes[0] as Node;
  const sentinel = runsSentinel(settings, nodes.length);
  await Promise.all(
    nodes.map(async (node) => {
      const argv = ['redis-server', '--version'];
      await requireVersion({ title: 'Redis', key: 'redis', node, argv, pattern: VERSION, wanted: settings.version });
      const dir = dirsOf(node);
      await node.exec(['mkdir', '-p', dir.redis, dir.sentinel]);
      await node.write(`${dir.redis}/redis.conf`, redisConf(node, first, dir.redis, settings));
      await node.write(`${dir.sentinel}/sentinel.conf`, sentinelConf(node, nodes, dir.sentinel, settings));
    }),
  );
  const cluster = new RedisCluster(context, sentinel);
  await cluster.startAll();
  return cluster;
}

function dirsOf(node: Node): { redis: string; sentinel: string } {
  return { redis: `${node.dir}/redis`, sentinel: `${node.dir}/sentinel` };
}

class RedisCluster extends DaemonCluster {
  protected readonly title = 'Redis';
  readonly #settings: RedisSettings;
  readonly #sentinel: boolean;
  /** Seats whose first client has been made. */
  readonly #seated = new Set<number>();

  constructor(context: DeployContext<RedisSettings>, sentinel: boolean) {
    super(context);
    this.#settings = context.settings;
    this.#sentinel = sentinel;
  }

  /** Both read the files they have rewritten since (CONFIG REWRITE, Sentinel's own): who was primary last. */
  protected daemonsOf(node: Node): Daemon[] {
    const dir = dirsOf(node);
    const redis = { name: 'redis', argv: ['redis-server', `${dir.redis}/redis.conf`] };
    const sentinel = { name: 'sentinel', argv: ['redis-server', `${dir.sentinel}/sentinel.conf`, '--sentinel'] };
    return this.#sentinel ? [redis, sentinel] : [redis];
  }

  async ready(): Promise<string | undefined> {
    const { password } = this.#settings;
    const statuses = await Promise.all(this.nodes.map((node) => statusOf(node, password, this.#sentinel)));
    return missing(statuses, this.#sentinel);
  }

  async primaries(): Promise<string[]> {
    const statuses = await Promise.all(this.nodes.map((node) => redisStatus(node, this.#settings.password)));
    return this.nodes.flatMap((node, i) => (statuses[i]?.get('role') === 'master' ? [node.name] : []));
  }

  async connect(seat: Seat): Promise<Client> {
    const { RedisSetClient } = await import('./client.ts');
    const { ask_sentinel, wait, wait_timeout, connect_timeout, password } = this.#settings;
    const servers = new Map(this.nodes.map((node) => [node.name, { host: node.address, port: REDIS_PORT }]));
    const home = this.node(seat.home);
    const client = new RedisSetClient({
      servers,
      first: servers.get((this.nodes[0] as Node).name)!,
      ...(this.#sentinel ? { sentinel: { host: home.address, port: SENTINEL_PORT } } : {}),
      primaryName: PRIMARY_NAME,
      askSentinel: ask_sentinel,
      wait,
      waitTimeoutMs: Math.ceil(durationMs(wait_timeout)),
      connectTimeoutMs: durationMs(connect_timeout),
      ...(seat.address === undefined ? {} : { localAddress: seat.address }),
      ...(password === undefined ? {} : { password }),
    });
    // Before the workload begins; later, amid a fault, it would delay an operation that tries the same anyway.
    if (!this.#seated.has(seat.client)) await client.open();
    this.#seated.add(seat.client);
    return client;
  }
}
