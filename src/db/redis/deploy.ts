import type { Client, Cluster, Daemon, DeployContext, Node, Seat } from '../../contract/index.ts';
import { DaemonCluster } from '../daemon-cluster.ts';
import { requireVersion } from '../version.ts';
import { Clients } from './clients.ts';
import { REDIS_PORT, redisConf, SENTINEL_PORT, sentinelConf } from './config.ts';
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
  readonly #clients: Clients;

  constructor(context: DeployContext<RedisSettings>, sentinel: boolean) {
    super(context);
    this.#settings = context.settings;
    this.#sentinel = sentinel;
    this.#clients = new Clients({
      ...context,
      servers: new Map(this.nodes.map((node) => [node.name, { host: node.address, port: REDIS_PORT }])),
      sentinelOf: sentinel ? (node) => ({ host: this.node(node).address, port: SENTINEL_PORT }) : undefined,
    });
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
    const { sockets } = await import('./client-connection.ts');
    return this.#clients.open(seat, sockets(seat.address, this.#settings.password));
  }
}
