/** Redis on the simulator, without a plan: servers that a test talks to itself. */
import type { Connection } from '../../../../src/contract/index.ts';
import { REDIS_PORT } from '../../../../src/db/redis/config.ts';
import { model } from '../../../../src/db/redis/model/index.ts';
import type { Command } from '../../../../src/db/redis/model/protocol.ts';
import type { RedisSettings } from '../../../../src/db/redis/settings.ts';
import { type Bench as AnyBench, openModel } from '../../bench.ts';

export interface Bench extends AnyBench {
  ask(connection: Connection, command: Command): Promise<unknown>;
}

/** Deploys `settings` on so many nodes, and waits until all is ready. `sim` as a plan has it. */
export function openBench(
  nodeCount: number,
  given: Partial<RedisSettings>,
  chance: { seed?: number; sim?: object } = {},
  { workload = 'set', workloadSettings = {} }: { workload?: string; workloadSettings?: unknown } = {},
): Promise<Bench> {
  const made = (settings: unknown, nodes: readonly string[]) =>
    model({ nodes, settings: settings as RedisSettings, workload, workloadSettings });
  return openModel({ database: 'redis', given, nodeCount, port: REDIS_PORT, model: made }, chance);
}
