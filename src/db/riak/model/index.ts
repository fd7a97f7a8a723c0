/** Riak 1.3, simulated: a ring of vnodes, quorums, vector clocks, handoff. What it is and leaves out: README.md. */
import { durationMs } from '../../../base/units.ts';
import type { Model, ModelContext, SimProcess } from '../../../contract/index.ts';
import { Lock } from '../lock.ts';
import { primariesOf, type RiakSettings } from '../settings.ts';
import { RiakClient } from './client.ts';
import { Cluster } from './cluster.ts';
import { RiakNode } from './node.ts';
import { elementsOf } from './value.ts';

/** From exec to serving: an Erlang VM, and the vnodes of a node. */
const START_MS = { min: 200, max: 1_200 };

export async function model({ nodes, settings, workload }: ModelContext<RiakSettings>): Promise<Model> {
  return modelOf(new Cluster(nodes, settings), settings, workload);
}

/** The model of this very cluster, which tests look into. */
export function modelOf(cluster: Cluster, settings: RiakSettings, workload = 'set'): Model {
  const lock = settings.lock === 'mutex' ? new Lock() : undefined;

  function boot(process: SimProcess): void {
    cluster.running.delete(process.node);
    process.after(process.rng.fork('start').int(START_MS.min, START_MS.max), () => {
      cluster.running.set(process.node, new RiakNode(process, cluster));
    });
  }

  return {
    programs: [{ name: 'riak', boot }],
    ready: () => cluster.missing(),
    // There is none: all that serve take writes.
    primaries: () => cluster.serving(),
    contents(node) {
      const running = cluster.running.get(node);
      return running === undefined || running.process.state === 'dead' ? {} : { riak: elementsOf(running.values) };
    },
    async connect(host) {
      return new RiakClient({
        host,
        lock,
        connectTimeoutMs: durationMs(settings.connect_timeout),
        merge: settings.merge,
        primaries: primariesOf(workload),
        attempts: settings.client_attempts,
        timeoutMs: settings.client_timeout === undefined ? undefined : durationMs(settings.client_timeout),
        goesOn: settings.when_timed_out === 'go_on',
      });
    },
  };
}
