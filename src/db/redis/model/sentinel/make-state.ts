import { shuffle } from '../../../../base/rng.ts';
import type { SimProcess } from '../../../../contract/index.ts';
import { REDIS_PORT, SENTINEL_PORT } from '../../config.ts';
import { closeChannel, closeCommands } from './ask.ts';
import { event } from './log.ts';
import { flush } from './saved.ts';
import type {
  Instance,
  InstanceLink,
  Master,
  OtherSentinel,
  SavedConfig,
  SentinelConfig,
  SentinelState,
  Server,
} from './state.ts';

/** As it starts: from its file, where it was there before. */
export function makeState(process: SimProcess, config: SentinelConfig): SentinelState {
  const disk = process.disk('sentinel.conf');
  const saved = disk.records.at(-1) as SavedConfig | undefined;
  const now = process.wallMs();
  const primary = saved?.primary ?? (config.nodes[0] as string);
  const others = config.nodes.filter((node) => node !== process.node);
  const order = process.rng.fork('order');
  const master: Master = {
    ...makeServer('master', primary, now),
    objectivelyDown: false,
    configEpoch: saved?.configEpoch ?? 0,
    replicas: makeReplicas(config.nodes, primary, order, now),
    sentinels: new Map(shuffle(order, others).map((node) => [node, makeSentinel(node, now)])),
    leader: undefined,
    leaderEpoch: saved?.leaderEpoch ?? 0,
    failover: 'none',
    failoverEpoch: 0,
    failoverStartedAt: 0,
    failoverChangedAt: 0,
    promoted: undefined,
  };
  const currentEpoch = saved?.currentEpoch ?? 0;
  const desync = process.rng.fork('desync');
  return { process, config, disk, desync, order, master, currentEpoch, syncing: 0, tiltSince: 0 };
}

/** Redis keeps them in hash tables, whose order is one of chance. */
function makeReplicas(nodes: readonly string[], primary: string, order: SentinelState['order'], now: number) {
  const names = shuffle(
    order,
    nodes.filter((node) => node !== primary),
  );
  return new Map(names.map((node) => [node, makeServer('slave', node, now)]));
}

function makeServer(kind: 'master' | 'slave', node: string, now: number): Server {
  return {
    ...makeInstance(kind, node, REDIS_PORT, now),
    runId: undefined,
    infoRefresh: 0,
    roleReported: kind,
    roleReportedAt: now,
    info: undefined,
    linkDownMs: 0,
    followsChangedAt: now,
    reconf: 'none',
    reconfSentAt: 0,
  };
}

function makeSentinel(node: string, now: number): OtherSentinel {
  const instance = makeInstance('sentinel', node, SENTINEL_PORT, now);
  return { ...instance, masterDown: false, masterDownReplyAt: now, leader: undefined, leaderEpoch: 0 };
}

function makeInstance<K extends Instance['kind']>(kind: K, node: string, port: number, now: number) {
  return { kind, node, port, link: makeLink(now), lastPublish: now, down: false, downSince: 0 };
}

/** Its first PING counts as sent now, before there is a connection (createInstanceLink). */
function makeLink(now: number): InstanceLink {
  return {
    commands: undefined,
    commandsSince: 0,
    channel: undefined,
    channelSince: 0,
    channelActivity: 0,
    pending: 0,
    lastReconnect: 0,
    actPing: now,
    lastPing: 0,
    lastAvailable: now,
    lastPong: now,
  };
}

/**
 * Watches another primary from now on, with all other servers as its replicas; a failover under way ends, and the next
 * may begin at once (sentinelResetMasterAndChangeAddress).
 */
export function switchMaster(state: SentinelState, primary: string): void {
  const { master, process, config, order } = state;
  event(state, '+switch-master', `main ${master.node} ${REDIS_PORT} ${primary} ${REDIS_PORT}`);
  for (const instance of [master, ...master.replicas.values()]) {
    closeCommands(instance);
    closeChannel(instance);
  }
  const now = process.wallMs();
  const { lastReconnect } = master.link;
  Object.assign(master, {
    node: primary,
    link: { ...makeLink(now), lastReconnect },
    down: false,
    objectivelyDown: false,
    runId: undefined,
    roleReported: 'master',
    roleReportedAt: now,
    replicas: makeReplicas(config.nodes, primary, order, now),
    leader: undefined,
    failover: 'none',
    failoverStartedAt: 0,
    failoverChangedAt: 0,
    promoted: undefined,
  } satisfies Partial<Master>);
  flush(state);
}
