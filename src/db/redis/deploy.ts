import { type Clock, NS_PER_MS, sleep } from '../../base/clock.ts';
import { PlanRunError } from '../../base/errors.ts';
import { durationMs } from '../../base/units.ts';
import type { Client, Cluster, DaemonState, DeployContext, Node, Seat } from '../../contract/index.ts';
import { PRIMARY_NAME, REDIS_PORT, redisConf, SENTINEL_PORT, sentinelConf } from './config.ts';
import { missing } from './ready.ts';
import { type RedisSettings, runsSentinel } from './settings.ts';
import { redisStatus, statusOf } from './status.ts';

const END_MS_MAX = 10_000;
const END_POLL_MS = 20;

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
      await requireVersion(node, settings.version);
      const dir = dirsOf(node);
      await node.exec(['mkdir', '-p', dir.redis, dir.sentinel]);
      await node.write(`${dir.redis}/redis.conf`, redisConf(node, first, dir.redis, settings));
      await node.write(`${dir.sentinel}/sentinel.conf`, sentinelConf(node, nodes, dir.sentinel, settings));
    }),
  );
  const cluster = new RedisCluster(context, sentinel);
  await Promise.all(nodes.map((node) => cluster.start(node.name)));
  return cluster;
}

/** @throws PlanRunError `unavailable` where `version` is not the installed one's, or a beginning of it. */
async function requireVersion(node: Node, version: string | undefined): Promise<void> {
  const { stdout } = await node.exec(['redis-server', '--version']);
  const installed = /\bv=(\d+(?:\.\d+)*)/.exec(stdout)?.[1];
  if (version === undefined || `${installed}.`.startsWith(`${version}.`)) return;
  throw new PlanRunError('unavailable', `Cannot run Redis ${version} on ${node.name}: ${installed} is installed`, {
    node: node.name,
    command: 'redis-server --version',
    hint: `install Redis ${version} on the node, or change database.redis.version`,
  });
}

function dirsOf(node: Node): { redis: string; sentinel: string } {
  return { redis: `${node.dir}/redis`, sentinel: `${node.dir}/sentinel` };
}

class RedisCluster implements Cluster {
  readonly #nodes: readonly Node[];
  readonly #settings: RedisSettings;
  readonly #clock: Clock;
  readonly #sentinel: boolean;
  readonly #daemons: readonly string[];
  /** Seats whose first client has been made. */
  readonly #seated = new Set<number>();

  constructor({ nodes, settings, clock }: DeployContext<RedisSettings>, sentinel: boolean) {
    this.#nodes = nodes;
    this.#settings = settings;
    this.#clock = clock;
    this.#sentinel = sentinel;
    this.#daemons = sentinel ? ['redis', 'sentinel'] : ['redis'];
  }

  async ready(): Promise<string | undefined> {
    const { password } = this.#settings;
    const statuses = await Promise.all(this.#nodes.map((node) => statusOf(node, password, this.#sentinel)));
    return missing(statuses, this.#sentinel);
  }

  async primaries(): Promise<string[]> {
    const statuses = await Promise.all(this.#nodes.map((node) => redisStatus(node, this.#settings.password)));
    return this.#nodes.flatMap((node, i) => (statuses[i]?.get('role') === 'master' ? [node.name] : []));
  }

  /** Both read the files they have rewritten since (CONFIG REWRITE, Sentinel's own): who was primary last. */
  async start(name: string): Promise<void> {
    const node = this.#node(name);
    const { redis, sentinel } = dirsOf(node);
    const argv: Record<string, string[]> = {
      redis: ['redis-server', `${redis}/redis.conf`],
      sentinel: ['redis-server', `${sentinel}/sentinel.conf`, '--sentinel'],
    };
    for (const daemon of this.#daemons)
      if ((await node.state(daemon)) === 'dead') await node.spawn({ name: daemon, argv: argv[daemon] as string[] });
  }

  async stop(name: string): Promise<void> {
    await this.#signal(name, 'TERM');
    // A paused process takes the TERM when it goes on.
    await this.#signal(name, 'CONT');
    await this.#dead(name, 'SIGTERM');
  }

  async kill(name: string): Promise<void> {
    await this.#signal(name, 'KILL');
    await this.#dead(name, 'SIGKILL');
  }

  pause(name: string): Promise<void> {
    return this.#signal(name, 'STOP');
  }

  resume(name: string): Promise<void> {
    return this.#signal(name, 'CONT');
  }

  async processes(name: string): Promise<DaemonState | 'mixed'> {
    const node = this.#node(name);
    const states = new Set(await Promise.all(this.#daemons.map((daemon) => node.state(daemon))));
    const [state] = states;
    return states.size === 1 && state !== undefined ? state : 'mixed';
  }

  logs(name: string): string[] {
    return this.#daemons.map((daemon) => this.#node(name).logPath(daemon));
  }

  async connect(seat: Seat): Promise<Client> {
    const { RedisSetClient } = await import('./client.ts');
    const { ask_sentinel, wait, wait_timeout, connect_timeout, password } = this.#settings;
    const servers = new Map(this.#nodes.map((node) => [node.name, { host: node.address, port: REDIS_PORT }]));
    const home = this.#node(seat.home);
    const client = new RedisSetClient({
      servers,
      first: servers.get((this.#nodes[0] as Node).name)!,
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

  async #signal(name: string, signal: 'TERM' | 'KILL' | 'STOP' | 'CONT'): Promise<void> {
    const node = this.#node(name);
    await Promise.all(this.#daemons.map((daemon) => node.signal(daemon, signal)));
  }

  /** Resolves when the node's processes have ended. @throws PlanRunError `timeout` where they do not. */
  async #dead(name: string, signal: string): Promise<void> {
    const deadline = this.#clock.now() + END_MS_MAX * NS_PER_MS;
    while ((await this.processes(name)) !== 'dead') {
      if (this.#clock.now() > deadline)
        throw new PlanRunError(
          'timeout',
          `Cannot end Redis on ${name}: it still runs ${END_MS_MAX} ms after ${signal}`,
          {
            node: name,
            timedOut: true,
          },
        );
      await sleep(this.#clock, END_POLL_MS);
    }
  }

  #node(name: string): Node {
    const node = this.#nodes.find((node) => node.name === name);
    if (node === undefined) throw new PlanRunError('bug', `there is no node ${name}`);
    return node;
  }
}
