import { NS_PER_MS, sleep } from '../../base/clock.ts';
import { PlanRunError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { durationMs } from '../../base/units.ts';
import type {
  Client,
  Cluster,
  Daemon,
  DaemonSignal,
  DeployContext,
  Node,
  Presence,
  Seat,
} from '../../contract/index.ts';
import { DaemonCluster } from '../daemon-cluster.ts';
import type { ClientConfig } from './client.ts';
import { PORT } from './config.ts';
import { type Failover, promote, promoted, rejoin, statuses } from './failover.ts';
import { findPrograms } from './programs.ts';
import { missing } from './ready.ts';
import { Server } from './server.ts';
import type { PostgresSettings } from './settings.ts';
import { readSyncNames } from './sync-names.ts';

/** A new server takes clients within a second; on a machine that is busy with others it may take longer. */
const START_MS_MAX = 60_000;
const POLL_MS = 50;

/**
 * Makes a cluster on the first node, and its tables; then the standbys, which are copies of it, and start as such.
 * @throws PlanRunError `unavailable` where another version is installed, or none; `timeout` where the first server does not
 * come up; what the nodes' commands throw.
 */
export async function deploy(context: DeployContext<PostgresSettings>): Promise<Cluster> {
  const { settings } = context;
  const nodes = context.nodes.slice(0, settings.standbys + 1);
  const servers = await Promise.all(
    nodes.map(async (node) => {
      const server = new Server(node, await findPrograms(node, settings.version), settings, nodes.length);
      await server.configure();
      return server;
    }),
  );
  const cluster = new PostgresCluster(context, servers);
  const [primary, ...standbys] = servers as [Server, ...Server[]];
  await primary.initialize();
  await cluster.start(primary.name);
  await cluster.answers(primary);
  await primary.makeSchema();
  await Promise.all(
    standbys.map(async (standby) => {
      await standby.copyFrom(primary.node);
      await standby.becomeStandby(primary.node);
      await cluster.start(standby.name);
    }),
  );
  return cluster;
}

class PostgresCluster extends DaemonCluster {
  protected readonly title = 'PostgreSQL';
  /** Fast shutdown: whoever is at work is sent away (manual, 19.5). */
  protected override readonly endSignal: DaemonSignal = 'INT';
  readonly #servers: readonly Server[];
  readonly #context: DeployContext<PostgresSettings>;
  readonly #log: Logger;
  /** Where each seat has found the primary last, and what it has received; there where its first client has been made. */
  readonly #seats = new Map<number, Pick<ClientConfig, 'lastPrimary' | 'inbox'>>();
  /** Who was promoted last: an earlier one is put right along with it. */
  #promoted: string | undefined;

  constructor(context: DeployContext<PostgresSettings>, servers: readonly Server[]) {
    super(context);
    this.#context = context;
    this.#servers = servers;
    this.#log = context.log;
  }

  protected daemonsOf(node: Node): readonly Daemon[] {
    return this.#servers.flatMap((server) => (server.node === node ? [server.daemon] : []));
  }

  override async start(name: string): Promise<void> {
    for (const server of this.#servers)
      if (server.name === name && (await this.processes(name)) === 'dead') await server.unlock();
    await super.start(name);
  }

  /** Waits until a server that was started takes questions. @throws PlanRunError where it does not. */
  async answers(server: Server): Promise<void> {
    const { clock } = this;
    const deadline = clock.now() + START_MS_MAX * NS_PER_MS;
    while ((await server.status()) === undefined) {
      const dead = (await this.processes(server.name)) === 'dead';
      if (dead || clock.now() > deadline) {
        const how = dead ? 'it has ended' : `it does not answer ${START_MS_MAX / 1000} s later`;
        const node = server.name;
        const said = (await server.node.read(server.node.logPath(server.daemon.name))).trim();
        throw new PlanRunError(dead ? 'command-failed' : 'timeout', `Cannot start PostgreSQL on ${node}: ${how}`, {
          node,
          command: server.daemon.argv.join(' '),
          stderr: said.split('\n').slice(-3).join('\n'),
        });
      }
      await sleep(clock, POLL_MS);
    }
  }

  async ready(): Promise<string | undefined> {
    const { synchronous_standby_names: names } = this.#context.settings;
    return missing(await statuses(this.#servers), names === undefined ? undefined : readSyncNames(names));
  }

  async primaries(): Promise<string[]> {
    const all = await statuses(this.#servers);
    return all.flatMap(({ node, status }) => (status?.standby === false ? [node] : []));
  }

  async promote(node: string): Promise<void> {
    const server = this.#server(node);
    this.#promoted = node;
    await promote(server, this.#failover());
  }

  promoted(node: string): Promise<Presence> {
    return promoted(this.#server(node), this.#servers);
  }

  async rejoin(node: string): Promise<void> {
    if (node !== this.#promoted) return;
    await rejoin(this.#server(node), this.#failover());
  }

  async connect(seat: Seat): Promise<Client> {
    const { PostgresClient } = await import('./client.ts');
    const { isolation, connect_timeout, socket_timeout, password } = this.#context.settings;
    const known = this.#seats.get(seat.client);
    const kept = known ?? { lastPrimary: {}, inbox: {} };
    const client = new PostgresClient({
      servers: this.#servers.map(({ node }) => ({ node: node.name, host: node.address, port: PORT })),
      ...kept,
      workload: this.#context.workload,
      isolation,
      connectTimeoutMs: durationMs(connect_timeout),
      socketTimeoutMs: durationMs(socket_timeout),
      ...(seat.address === undefined ? {} : { localAddress: seat.address }),
      ...(password === undefined ? {} : { password }),
    });
    // Before the workload begins; later, amid a fault, it would delay an operation that tries the same anyway.
    if (known === undefined) await client.open();
    this.#seats.set(seat.client, kept);
    return client;
  }

  #failover(): Failover {
    const { clock } = this;
    const log = this.#log;
    return { servers: this.#servers, clock, log, stop: (name) => this.stop(name), start: (name) => this.start(name) };
  }

  #server(name: string): Server {
    const server = this.#servers.find((one) => one.name === name);
    if (server !== undefined) return server;
    throw new PlanRunError('command-failed', `There is no PostgreSQL on ${name}`, {
      node: name,
      hint: `servers run on ${this.#servers.map((one) => one.name).join(', ')}: database.postgres.standbys`,
    });
  }
}
