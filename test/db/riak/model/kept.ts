/** A plan that is run in the simulator without a trace, and the cluster as it was when the run had ended. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../../../src/base/clock.ts';
import { Secrets } from '../../../../src/base/secrets.ts';
import { runQuietly } from '../../../../src/cli/quiet.ts';
import { makeRegistry } from '../../../../src/cli/registry.ts';
import type { AnyDatabase, AnyEnvironment, Environment, Registry } from '../../../../src/contract/index.ts';
import { Cluster } from '../../../../src/db/riak/model/cluster.ts';
import { modelOf } from '../../../../src/db/riak/model/index.ts';
import { valuesOf } from '../../../../src/db/riak/model/object.ts';
import { elementsOf } from '../../../../src/db/riak/model/value.ts';
import type { RiakSettings } from '../../../../src/db/riak/settings.ts';
import type { Results } from '../../../../src/executor/index.ts';
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
  let cluster: Cluster | undefined;
  let replicas: number[][] = [];
  const registry = keeping(
    (made) => {
      cluster = made;
    },
    async ({ clock }) => {
      // When the last read has repaired what it has found.
      await sleep(clock, REPAIR_MS).catch(() => {});
      replicas = cluster === undefined ? [] : replicasOf(cluster);
    },
  );
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-riak-'));
  try {
    const signal = new AbortController().signal;
    const { results, error } = await runQuietly(ready.timeline, registry, { secrets: new Secrets({}), folder, signal });
    return { results, error, replicas };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The modules of the house; the cluster is handed over when it is made, and looked at before its nodes are gone. */
function keeping(keep: (made: Cluster) => void, look: (environment: Environment) => Promise<void>): Registry {
  const riak: AnyDatabase = {
    ...(house.databases.get('riak') as AnyDatabase),
    async model({ nodes, settings }) {
      const cluster = new Cluster(nodes, settings as RiakSettings);
      keep(cluster);
      return modelOf(cluster, settings as RiakSettings);
    },
  };
  const sim = house.environments.get('sim') as AnyEnvironment;
  const watched: AnyEnvironment = {
    ...sim,
    async open(context) {
      const environment = await sim.open(context);
      return {
        ...environment,
        async close() {
          await look(environment);
          await environment.close();
        },
      };
    },
  };
  return {
    ...house,
    environments: new Map([['sim', watched]]),
    databases: new Map([['riak', riak]]),
  };
}

function replicasOf(cluster: Cluster): number[][] {
  return cluster.primaries.map(({ node, partition }) => {
    const vnode = cluster.running.get(node)?.vnodes.find((one) => one.partition === partition);
    return [...elementsOf(valuesOf(vnode?.object))].sort((a, b) => a - b);
  });
}
