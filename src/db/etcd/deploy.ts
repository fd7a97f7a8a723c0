import { PlanRunError } from '../../base/errors.ts';
import { durationMs } from '../../base/units.ts';
import type { Client, Cluster, Daemon, DeployContext, Node, Seat } from '../../contract/index.ts';
import { DaemonCluster } from '../daemon-cluster.ts';
import { requireVersion } from '../version.ts';
import type { EtcdClientConfig } from './client.ts';
import { missing } from './ready.ts';
import type { EtcdSettings } from './settings.ts';
import { CLIENT_PORT, clientUrl, isHealthy, PEER_PORT, statusOf } from './status.ts';

/** The JSON gateway has been below `/v3` since then. */
const OLDEST = [3, 4] as const;

/**
 * Starts a member on every node, all of one new cluster.
 * @throws PlanRunError `unavailable` where another version is installed, or one that is too old; what the nodes' commands throw.
 */
export async function deploy(context: DeployContext<EtcdSettings>): Promise<Cluster> {
  const { nodes, settings } = context;
  await Promise.all(
    nodes.map(async (node) => {
      const argv = ['etcd', '--version'];
      const wanted = settings.version;
      requireGateway(node, await requireVersion({ title: 'etcd', key: 'etcd', node, argv, wanted }));
    }),
  );
  const cluster = new EtcdCluster(context, await newToken(nodes[0] as Node));
  await cluster.startAll();
  return cluster;
}

function requireGateway(node: Node, version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new PlanRunError('unavailable', `Cannot run etcd on ${node.name}: ${version} is installed`, {
    node: node.name,
    command: 'etcd --version',
    hint: `install etcd ${OLDEST.join('.')} or newer on the node`,
  });
}

/** Members of different tokens never take each other for theirs: a member left over by another run is no danger. */
async function newToken(node: Node): Promise<string> {
  const { stdout } = await node.exec(['cat', '/proc/sys/kernel/random/uuid']);
  return `plan-run-${stdout.trim()}`;
}

class EtcdCluster extends DaemonCluster {
  protected readonly title = 'etcd';
  readonly #settings: EtcdSettings;
  readonly #workload: string;
  /** Of the workload lock. */
  readonly #lease: string | undefined;
  readonly #token: string;
  /** By client number: where in the list of members its next client begins. Its presence says that it has had one. */
  readonly #places = new Map<number, EtcdClientConfig['place']>();

  constructor(context: DeployContext<EtcdSettings>, token: string) {
    super(context);
    this.#settings = context.settings;
    this.#workload = context.workload;
    this.#lease = (context.workloadSettings as { readonly lease?: string }).lease;
    this.#token = token;
  }

  /** A member that has a data directory takes from there who the others are; what is said here is for its first start. */
  protected daemonsOf(node: Node): Daemon[] {
    const { heartbeat_interval, election_timeout, snapshot_count, pre_vote } = this.#settings;
    const flags = {
      name: node.name,
      'data-dir': `${node.dir}/etcd`,
      'listen-client-urls': clientUrl(node),
      'advertise-client-urls': clientUrl(node),
      'listen-peer-urls': peerUrl(node),
      'initial-advertise-peer-urls': peerUrl(node),
      'initial-cluster': this.nodes.map((one) => `${one.name}=${peerUrl(one)}`).join(','),
      'initial-cluster-state': 'new',
      'initial-cluster-token': this.#token,
      'heartbeat-interval': durationMs(heartbeat_interval),
      'election-timeout': durationMs(election_timeout),
      'snapshot-count': snapshot_count,
      'pre-vote': pre_vote,
      logger: 'zap',
      'log-outputs': 'stderr',
    };
    return [{ name: 'etcd', argv: ['etcd', ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)] }];
  }

  async ready(): Promise<string | undefined> {
    const lacking = missing(await Promise.all(this.nodes.map(statusOf)));
    if (lacking !== undefined) return lacking;
    const healthy = await Promise.all(this.nodes.map(isHealthy));
    const unwell = this.nodes.filter((_, i) => !healthy[i]);
    if (unwell.length === 0) return undefined;
    return unwell.map(({ name }) => `${name}: no linearizable read through its etcd succeeds`).join('; ');
  }

  async primaries(): Promise<string[]> {
    const statuses = await Promise.all(this.nodes.map(statusOf));
    return statuses.flatMap(({ node, status }) => (status !== undefined && status.leader === status.id ? [node] : []));
  }

  async connect(seat: Seat): Promise<Client> {
    const { EtcdClient } = await import('./client.ts');
    const { reads, endpoints, require_leader, connect_timeout, request_timeout } = this.#settings;
    const home = this.nodes.indexOf(this.node(seat.home));
    const begun = this.#places.get(seat.client);
    const place = begun ?? { member: home };
    this.#places.set(seat.client, place);
    const client = new EtcdClient({
      members: this.nodes.map(({ name, address }) => ({ node: name, host: address, port: CLIENT_PORT })),
      place,
      workload: this.#workload,
      moves: endpoints === 'all',
      serializable: reads === 'serializable',
      ...(this.#lease === undefined ? {} : { leaseS: Math.ceil(durationMs(this.#lease) / 1000) }),
      requireLeader: require_leader,
      connectTimeoutMs: durationMs(connect_timeout),
      requestTimeoutMs: durationMs(request_timeout),
      ...(seat.address === undefined ? {} : { localAddress: seat.address }),
    });
    // Before the workload begins; later, amid a fault, it would delay an operation that tries the same anyway.
    if (begun === undefined) await client.open();
    return client;
  }
}

const peerUrl = ({ address }: Node) => `http://${address}:${PEER_PORT}`;
