/** MongoDB, simulated: a replica set of 2.4 or of the current protocol. What it is and leaves out: README.md. */
import { durationMs } from '../../../base/units.ts';
import type { Client, Model, ModelContext, SimHost, SimProcess } from '../../../contract/index.ts';
import { WORKLOADS } from '../numbers.ts';
import { concernOf, type MongoSettings, protocolOf } from '../settings.ts';
import type { ClientConfig } from './client.ts';
import { ClientCurrent } from './current/client.ts';
import { MemberCurrent } from './current/member.ts';
import { elementsOf } from './oplog.ts';
import { ReplicaSet } from './replica-set.ts';
import { Client24 } from './v24/client.ts';
import { Member24 } from './v24/member.ts';

export async function model({ nodes, settings, workload }: ModelContext<MongoSettings>): Promise<Model> {
  return modelOf(new ReplicaSet(nodes, settings), settings, workload);
}

/** The model of this very set, which tests look into. */
export function modelOf(set: ReplicaSet, settings: MongoSettings, workload = 'set'): Model {
  const { nodes } = set;
  const current = protocolOf(settings) === 'current';
  const concern = {
    ...concernOf(settings, nodes.length),
    timeoutMs: settings.wtimeout === undefined ? undefined : durationMs(settings.wtimeout),
  };

  let sessions = 0;

  function boot(process: SimProcess): void {
    set.members.set(process.node, current ? new MemberCurrent(process, set) : new Member24(process, set));
  }

  async function connect(host: SimHost): Promise<Client> {
    const config: ClientConfig = {
      host,
      nodes,
      concern,
      readConcern: settings.read_concern,
      connectTimeoutMs: durationMs(settings.connect_timeout),
      operations: WORKLOADS[workload],
    };
    const client = current
      ? new ClientCurrent(
          {
            ...config,
            retryableWrites: settings.retryable_writes,
            serverSelectionTimeoutMs: durationMs(settings.server_selection_timeout),
          },
          `session ${sessions++}`,
        )
      : new Client24(config);
    await client.open();
    return client;
  }

  return {
    programs: [{ name: 'mongod', boot }],
    ready: () => set.missing(),
    primaries: () => set.primaries(),
    contents(node) {
      const member = set.members.get(node);
      return member === undefined || member.process.state === 'dead' ? {} : { mongod: elementsOf(member.doc) };
    },
    connect,
  };
}
