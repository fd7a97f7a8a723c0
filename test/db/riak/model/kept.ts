/** A plan that is run in the simulator without a trace, and the cluster as it was when the run had ended. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../../../src/base/clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { Secrets } from '../../../../src/base/secrets.ts';
import { makeRegistry } from '../../../../src/cli/registry.ts';
import type { AnyDatabase } from '../../../../src/contract/index.ts';
import { Cluster } from '../../../../src/db/riak/model/cluster.ts';
import { modelOf } from '../../../../src/db/riak/model/index.ts';
import { valuesOf } from '../../../../src/db/riak/model/object.ts';
import { elementsOf } from '../../../../src/db/riak/model/value.ts';
import type { RiakSettings } from '../../../../src/db/riak/settings.ts';
import { execute, type Results } from '../../../../src/executor/index.ts';
import { Journal } from '../../../../src/history/index.ts';
import { validatePlan } from '../../../../src/timeline/validate.ts';

const house = makeRegistry();
const REPAIR_MS = 3_000;

export interface Kept {
  readonly results: Results;
  readonly error: Error | undefined;
  /** What each primary has of the object, in the order of the ring: elements, ascending. */
  readonly replicas: readonly (readonly number[])[];
}

export async function simulateKept(plan: object, seed: number): Promise<Kept> {
  const bytes = Buffer.from(JSON.stringify(plan));
  const { ready, problems } = validatePlan({ file: 'test.yaml', bytes }, house, { seed, environment: 'sim' });
  if (ready === undefined) throw new Error(JSON.stringify(problems));
  const { timeline } = ready;
  let replicas: number[][] = [];
  const environment = await house.environments.get('sim')!.open({
    nodes: timeline.nodes,
    settings: timeline.environment.settings,
    seed,
    log: silentLogger,
  });
  const riak = house.databases.get('riak')!;
  let cluster: Cluster | undefined;
  const kept = {
    ...riak,
    async model(context: { nodes: readonly string[]; settings: RiakSettings }) {
      cluster = new Cluster(context.nodes, context.settings);
      return modelOf(cluster, context.settings);
    },
  };
  const registry = { ...house, databases: new Map([...house.databases, ['riak', kept as unknown as AnyDatabase]]) };
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-riak-'));
  const historyPath = join(folder, 'history.jsonl');
  try {
    const { results, error } = await execute({
      timeline,
      registry,
      environment: {
        ...environment,
        // Before the nodes are gone, and when the last read has repaired what it has found.
        async close() {
          await sleep(environment.clock, REPAIR_MS).catch(() => {});
          replicas = cluster === undefined ? [] : replicasOf(cluster);
          await environment.close();
        },
      },
      secrets: new Secrets({}),
      journal: new Journal(historyPath),
      historyPath,
      log: silentLogger,
      signal: environment.failure ?? new AbortController().signal,
      logFolder: () => folder,
      redactFile: () => {},
      observe: () => {},
    });
    return { results, error, replicas };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function replicasOf(cluster: Cluster): number[][] {
  return cluster.primaries.map(({ node, partition }) => {
    const vnode = cluster.running.get(node)?.vnodes.find((one) => one.partition === partition);
    return [...elementsOf(valuesOf(vnode?.object))].sort((a, b) => a - b);
  });
}
