import { PlanRunError } from '../../base/errors.ts';
import { durationMs } from '../../base/units.ts';
import type { Client, Cluster, Daemon, DeployContext, Node, Seat } from '../../contract/index.ts';
import { DaemonCluster } from '../daemon-cluster.ts';
import { HTTP_PORT } from './config.ts';
import { join, makeBucketType } from './form.ts';
import { Installation } from './installation.ts';
import { Lock } from './lock.ts';
import { primariesOf, type RiakSettings } from './settings.ts';
import { type Member, missing, serves } from './status.ts';

/** How long `riak stop` may take; then the processes are asked by a signal. */
const STOP_MS_MAX = 20_000;

/**
 * Starts a Riak on every node, each alone; `ready` then makes one cluster of them, as soon as they serve.
 * @throws PlanRunError `unavailable` where another version is installed, or in other directories; what the nodes'
 * commands throw.
 */
export async function deploy(context: DeployContext<RiakSettings>): Promise<Cluster> {
  const { nodes, settings } = context;
  const members = await Promise.all(
    nodes.map(async (node) => ({ node, riak: await Installation.prepare(node, settings) })),
  );
  const cluster = new RiakCluster(context, members);
  await cluster.startAll();
  return cluster;
}

class RiakCluster extends DaemonCluster {
  protected readonly title = 'Riak';
  readonly #settings: RiakSettings;
  readonly #workload: string;
  readonly #members: readonly Member[];
  /** One for all clients, in the runner's process: no fault reaches it. */
  readonly #lock: Lock | undefined;
  /** Seats whose first client has been made. */
  readonly #seated = new Set<number>();
  /** All nodes have joined, and the bucket type is there: done once, whatever becomes of them later. */
  #formed = false;

  constructor(context: DeployContext<RiakSettings>, members: readonly Member[]) {
    super(context);
    this.#settings = context.settings;
    this.#workload = context.workload;
    this.#members = members;
    this.#lock = context.settings.lock === 'mutex' ? new Lock() : undefined;
  }

  protected daemonsOf(node: Node): Daemon[] {
    return [{ name: 'riak', argv: this.#member(node.name).riak.daemon }];
  }

  async ready(): Promise<string | undefined> {
    const serving = await this.primaries();
    const silent = this.nodes.filter(({ name }) => !serving.includes(name));
    if (silent.length > 0) return silent.map(({ name }) => `${name}: Riak does not serve yet`).join('; ');
    if (this.#formed) return missing(this.#members);
    const lacks = (await join(this.#members)) ?? (await missing(this.#members));
    const unformed = lacks ?? (await makeBucketType(this.#members[0] as Member, this.#settings));
    this.#formed = unformed === undefined;
    return unformed;
  }

  /** There are none: all that serve take writes. Who does not run is not asked: a paused one would never answer. */
  async primaries(): Promise<string[]> {
    const serving = await Promise.all(
      this.#members.map(
        async (member) => (await this.processes(member.node.name)) === 'running' && (await serves(member)),
      ),
    );
    return this.nodes.flatMap(({ name }, i) => (serving[i] ? [name] : []));
  }

  /** As an operator stops it, for a signal would end Erlang amid its work; that one follows for what is left. */
  override async stop(name: string): Promise<void> {
    await this.resume(name);
    await this.#member(name)
      .riak.stop({ allowFailure: true, timeoutMs: STOP_MS_MAX })
      .catch(() => {});
    await super.stop(name);
  }

  override logs(name: string): string[] {
    return [...super.logs(name), ...this.#member(name).riak.logs];
  }

  async connect(seat: Seat): Promise<Client> {
    const [{ RiakClient }, { RiakApi }] = await Promise.all([import('./client.ts'), import('./client-api.ts')]);
    const { client_timeout, connect_timeout, data_type, merge, client_attempts, when_timed_out } = this.#settings;
    const connectTimeoutMs = durationMs(connect_timeout);
    const endpoint = {
      host: this.node(seat.home).address,
      port: HTTP_PORT,
      localAddress: seat.address,
      connectTimeoutMs,
    };
    const client = new RiakClient({
      api: new RiakApi(endpoint, this.#settings),
      connectTimeoutMs,
      dataType: data_type,
      primaries: primariesOf(this.#workload),
      merge,
      lock: this.#lock,
      attempts: client_attempts,
      timeoutMs: client_timeout === undefined ? undefined : durationMs(client_timeout),
      goesOn: when_timed_out === 'go_on',
    });
    // Before the workload begins; later, amid a fault, it would delay an operation that tries the same anyway.
    if (!this.#seated.has(seat.client)) await client.open();
    this.#seated.add(seat.client);
    return client;
  }

  #member(name: string): Member {
    const member = this.#members.find(({ node }) => node.name === name);
    if (member === undefined) throw new PlanRunError('bug', `there is no node ${name}`);
    return member;
  }
}
