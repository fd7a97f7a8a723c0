import { type Clock, NS_PER_MS, sleep } from '../../base/clock.ts';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import type { Client, Cluster, Daemon, DeployContext, Node, Seat } from '../../contract/index.ts';
import { DaemonCluster } from '../daemon-cluster.ts';
import { admin } from './client-admin.ts';
import { clientConfig, firstPrimary, mongodConf, replicaSetConfig } from './config.ts';
import { findMongod } from './mongod.ts';
import { WORKLOADS } from './numbers.ts';
import { missing } from './ready.ts';
import type { MongoSettings } from './settings.ts';
import { helloOf, statusOf } from './status.ts';

/** A mongod with nothing to recover listens within a second or two; a busy machine takes longer. */
const LISTEN_MS_MAX = 60_000;
const LISTEN_POLL_MS = 50;
/** replSetInitiate asks every member first, and writes its configuration to disk. */
const INITIATE_MS_MAX = 30_000;
/** replSetStepUp answers when the votes are in. */
const STEP_UP_MS_MAX = 5_000;
const LOG_LINES = 5;

/**
 * Starts a mongod on every node, and makes a replica set of them. @throws PlanRunError `unavailable` where there is no mongod, or
 * another version; `timeout` or `command-failed` where one does not start, or the set is refused; what the nodes' commands throw.
 */
export async function deploy(context: DeployContext<MongoSettings>): Promise<Cluster> {
  const { nodes, settings } = context;
  const programs = new Map<string, string>();
  await Promise.all(
    nodes.map(async (node) => {
      programs.set(node.name, await findMongod(node, settings));
      await node.exec(['mkdir', '-p', dataOf(node)]);
      await node.write(confOf(node), mongodConf(node, dataOf(node), settings));
    }),
  );
  const cluster = new MongoCluster(context, programs);
  await cluster.startAll();
  await cluster.initiate();
  return cluster;
}

const dataOf = (node: Node) => `${node.dir}/mongod`;
const confOf = (node: Node) => `${node.dir}/mongod.conf`;

class MongoCluster extends DaemonCluster {
  protected readonly title = 'MongoDB';
  readonly #settings: MongoSettings;
  readonly #programs: ReadonlyMap<string, string>;
  readonly #first: Node;
  readonly #workload: string;
  /** Whether the set has once been whole, with `#first` as its primary; from then on it is its own affair who that is. */
  #begun = false;
  /** Seats whose first client has been made. */
  readonly #seated = new Set<number>();

  constructor(context: DeployContext<MongoSettings>, programs: ReadonlyMap<string, string>) {
    super(context);
    this.#settings = context.settings;
    this.#workload = context.workload;
    this.#programs = programs;
    this.#first = firstPrimary(context.nodes, context.settings);
  }

  protected daemonsOf(node: Node): Daemon[] {
    return [{ name: 'mongod', argv: [this.#programs.get(node.name) as string, '--config', confOf(node)] }];
  }

  /** Makes a set of mongods that have been started: each must listen before, for the first asks all others. */
  async initiate(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.#listening(node)));
    const command = { replSetInitiate: replicaSetConfig(this.nodes, this.#settings) };
    await admin(this.#first, command, INITIATE_MS_MAX).catch((cause: unknown) => {
      const message = `Cannot make a replica set on ${this.#first.name}: ${messageOf(cause)}`;
      throw new PlanRunError('command-failed', message, {
        node: this.#first.name,
        command: 'replSetInitiate',
        cause,
        hint: 'the log of its mongod says more',
      });
    });
  }

  async ready(): Promise<string | undefined> {
    const first = this.#begun ? undefined : this.#first.name;
    const statuses = await Promise.all(this.nodes.map((node) => statusOf(node)));
    const lacks = missing(statuses, first);
    if (lacks === undefined) this.#begun = true;
    else if (statuses.some(({ node, hello }) => node === first && !hello?.isWritablePrimary)) await this.#stepUp();
    return lacks;
  }

  async primaries(): Promise<string[]> {
    const answers = await Promise.all(this.nodes.map((node) => helloOf(node)));
    return this.nodes.flatMap((node, i) => (answers[i]?.isWritablePrimary ? [node.name] : []));
  }

  async connect(seat: Seat): Promise<Client> {
    const config = clientConfig(this.nodes, this.#settings, seat.address);
    const operations = WORKLOADS[this.#workload];
    const client =
      operations === undefined
        ? new (await import('./client.ts')).MongoSetClient(config)
        : new (await import('./client-numbers.ts')).MongoNumbersClient(config, operations);
    // Before the workload begins; later, amid a fault, it would delay an operation that tries the same anyway.
    if (!this.#seated.has(seat.client)) await client.open();
    this.#seated.add(seat.client);
    return client;
  }

  /**
   * Has the node that is to be primary at first ask for votes now, and not when its election timeout is over (replSetStepUp, as
   * MongoDB's own tests do). Who cannot win yet is asked again.
   */
  async #stepUp(): Promise<void> {
    await admin(this.#first, { replSetStepUp: 1 }, STEP_UP_MS_MAX).catch(() => {});
  }

  /** @throws PlanRunError with the end of its log where a mongod has ended, or does not answer in time. */
  async #listening(node: Node): Promise<void> {
    const deadline = deadlineIn(this.clock, LISTEN_MS_MAX);
    while ((await helloOf(node)) === undefined) {
      if ((await this.processes(node.name)) === 'dead') throw await this.#didNotStart(node, 'it has ended');
      if (this.clock.now() > deadline)
        throw await this.#didNotStart(node, `it does not answer after ${LISTEN_MS_MAX / 1000} s`);
      await sleep(this.clock, LISTEN_POLL_MS);
    }
  }

  async #didNotStart(node: Node, why: string): Promise<PlanRunError> {
    const log = await node.exec(['tail', '-n', String(LOG_LINES), node.logPath('mongod')], { allowFailure: true });
    const command = this.daemonsOf(node)[0]?.argv.join(' ') ?? '';
    const timedOut = why !== 'it has ended';
    return new PlanRunError(timedOut ? 'timeout' : 'command-failed', `Cannot start mongod on ${node.name}: ${why}`, {
      node: node.name,
      command,
      stderr: log.stdout,
      timedOut,
      hint: 'the end of its log stands above',
    });
  }
}

const deadlineIn = (clock: Clock, ms: number) => clock.now() + ms * NS_PER_MS;
