/**
 * Redis and Sentinel as the simulator runs them: servers that replicate as replication.c does, Sentinels that fail over as
 * sentinel.c does, and clients that do what the real one does. What is lost follows from that. See README.md.
 */
import { durationMs } from '../../../base/units.ts';
import type { Model, ModelContext, SimProcess, SimProgram } from '../../../contract/index.ts';
import { Clients } from '../clients.ts';
import { REDIS_PORT, SENTINEL_PORT } from '../config.ts';
import { missing } from '../ready.ts';
import { type RedisSettings, runsSentinel } from '../settings.ts';
import { simulated } from './client.ts';
import { Sentinel } from './sentinel/sentinel.ts';
import { Witness } from './sentinel/witness.ts';
import { RedisServer } from './server.ts';
import { statusOf } from './status.ts';

/** From exec to listening, and to a server's first cron. */
const SERVER_START_MS = { min: 5, max: 50 };
/** Up to the period of a Sentinel's PINGs more: those of a cluster that has run for a while are not in step. */
const SENTINEL_START_MS = { min: 5, max: 1_050 };

export async function model(context: ModelContext<RedisSettings>): Promise<Model> {
  const { nodes, settings } = context;
  const first = nodes[0] as string;
  const sentinel = runsSentinel(settings, nodes.length);
  const quorum = settings.quorum ?? Math.floor(nodes.length / 2) + 1;
  const servers = new Map<string, RedisServer>();
  const sentinels = new Map<string, Sentinel>();
  const clients = new Clients({
    ...context,
    servers: new Map(nodes.map((node) => [node, { host: node, port: REDIS_PORT }])),
    sentinelOf: sentinel ? (node) => ({ host: node, port: SENTINEL_PORT }) : undefined,
  });

  const redisProgram: SimProgram = {
    name: 'redis',
    boot(process) {
      servers.delete(process.node);
      const config = {
        primary: process.node === first ? undefined : first,
        minReplicasToWrite: settings.min_replicas_to_write,
        minReplicasMaxLagS: settings.min_replicas_max_lag,
        appendonly: settings.appendonly,
      };
      startLater(process, SERVER_START_MS, () => servers.set(process.node, new RedisServer(process, config)));
    },
  };
  const sentinelConfig = {
    nodes,
    quorum,
    downAfterMs: Math.round(durationMs(settings.down_after)),
    failoverTimeoutMs: Math.round(durationMs(settings.failover_timeout)),
    parallelSyncs: settings.parallel_syncs,
    witness: new Witness(nodes.length, quorum),
  };
  const sentinelProgram: SimProgram = {
    name: 'sentinel',
    boot(process) {
      sentinels.delete(process.node);
      startLater(process, SENTINEL_START_MS, () => sentinels.set(process.node, new Sentinel(process, sentinelConfig)));
    },
  };

  return {
    programs: sentinel ? [redisProgram, sentinelProgram] : [redisProgram],
    ready: () =>
      missing(
        nodes.map((node) => statusOf(node, servers.get(node), sentinels.get(node))),
        sentinel,
      ),
    primaries: () =>
      nodes.filter((node) => {
        const server = servers.get(node);
        return server?.process.state === 'running' && server.role === 'master';
      }),
    contents(node) {
      const server = servers.get(node);
      return server === undefined || server.process.state === 'dead' ? {} : { redis: server.elements };
    },
    connect: (host) => clients.open(host.seat, simulated(host)),
  };
}

/** A process is not there the moment that it is called. */
function startLater(
  process: SimProcess,
  { min, max }: { readonly min: number; readonly max: number },
  start: () => void,
) {
  process.after(process.rng.fork('start').int(min, max), start);
}
